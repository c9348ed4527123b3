//! The bytes on their way in one direction of a connection.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// Pieces up to this size are joined; larger ones are passed on as they came,
/// without a copy.
const JOINED: usize = 8 << 10;

/// A queue of bytes, in pieces.
#[derive(Debug, Default)]
pub(super) struct Bytes {
    pieces: VecDeque<Vec<u8>>,
    /// How much of the first piece has been taken already.
    taken: usize,
    length: usize,
}

impl Bytes {
    pub(super) fn len(&self) -> usize {
        self.length
    }

    pub(super) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Adds up to `room` bytes of `data` and tells how many.
    pub(super) fn push(&mut self, mut data: Vec<u8>, room: usize) -> usize {
        let added = data.len().min(room);
        if added == 0 {
            return 0;
        }
        self.length += added;
        match self.pieces.back_mut() {
            Some(last) if last.len() + added <= JOINED => last.extend_from_slice(&data[..added]),
            // Not the whole allocation for a small part of it.
            _ if added < data.len() / 2 => self.pieces.push_back(data[..added].to_vec()),
            _ => {
                data.truncate(added);
                self.pieces.push_back(data);
            }
        }
        added
    }

    /// Takes the first `most` bytes, or what there is.
    pub(super) fn pop(&mut self, most: usize) -> Vec<u8> {
        let wanted = most.min(self.length);
        if wanted == 0 {
            return Vec::new();
        }
        self.length -= wanted;
        if self.taken == 0
            && self
                .pieces
                .front()
                .is_some_and(|first| first.len() == wanted)
        {
            return self.pieces.pop_front().unwrap_or_default();
        }
        let mut bytes = Vec::with_capacity(wanted);
        while let Some(first) = self.pieces.front() {
            let rest = &first[self.taken..];
            let part = rest.len().min(wanted - bytes.len());
            bytes.extend_from_slice(&rest[..part]);
            if part < rest.len() {
                self.taken += part;
                break;
            }
            self.taken = 0;
            self.pieces.pop_front();
        }
        bytes
    }

    /// Throws away all but the first `length` bytes.
    pub(super) fn truncate(&mut self, length: usize) {
        while self.length > length {
            // Only the first piece has been taken from.
            let taken = if self.pieces.len() == 1 {
                self.taken
            } else {
                0
            };
            let Some(last) = self.pieces.back_mut() else {
                return;
            };
            let surplus = (self.length - length).min(last.len() - taken);
            last.truncate(last.len() - surplus);
            self.length -= surplus;
            if last.len() == taken {
                self.pieces.pop_back();
                if self.pieces.is_empty() {
                    self.taken = 0;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone)]
    enum Step {
        Push { length: usize, room: usize },
        Pop(usize),
        Truncate(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        let size = || prop_oneof![0..40usize, JOINED - 2..JOINED + 2, 0..3 * JOINED];
        prop_oneof![
            3 => (size(), size()).prop_map(|(length, room)| Step::Push { length, room }),
            3 => size().prop_map(Step::Pop),
            1 => size().prop_map(Step::Truncate),
        ]
    }

    proptest! {
        #[test]
        fn behaves_as_a_queue_of_single_bytes(steps in prop::collection::vec(step(), 0..60)) {
            let mut bytes = Bytes::default();
            let mut model: VecDeque<u8> = VecDeque::new();
            let mut next = 0u8;
            for step in steps {
                match step {
                    Step::Push { length, room } => {
                        let data: Vec<u8> = (0..length).map(|_| { next = next.wrapping_add(1); next }).collect();
                        let added = length.min(room);
                        model.extend(&data[..added]);
                        prop_assert_eq!(bytes.push(data, room), added);
                    }
                    Step::Pop(most) => {
                        let expected: Vec<u8> = model.drain(..most.min(model.len())).collect();
                        prop_assert_eq!(bytes.pop(most), expected);
                    }
                    Step::Truncate(length) => {
                        model.truncate(length);
                        bytes.truncate(length);
                    }
                }
                prop_assert_eq!(bytes.len(), model.len());
                prop_assert_eq!(bytes.is_empty(), model.is_empty());
            }
            prop_assert_eq!(bytes.pop(usize::MAX), Vec::from(model));
        }
    }

    #[test]
    fn a_large_piece_goes_through_without_a_copy() {
        let data = vec![7; 2 * JOINED];
        let address = data.as_ptr();
        let mut bytes = Bytes::default();
        bytes.push(data, usize::MAX);
        let popped = bytes.pop(1 << 20);
        assert_eq!(popped.as_ptr(), address);
    }
}
