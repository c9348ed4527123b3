//! A machine whose console is two buffers.

use std::cell::RefCell;
use std::rc::Rc;

use vfs_component::special::{Machine, Stream};
use vfs_component::{Errno, Readiness, Result};

/// What was typed and what was shown, kept by whoever looks at it.
#[derive(Debug, Clone, Default)]
pub struct TestMachine {
    pub input: Rc<RefCell<Vec<u8>>>,
    pub output: Rc<RefCell<Vec<u8>>>,
    pub error: Rc<RefCell<Vec<u8>>>,
    pub terminal: bool,
}

impl Machine for TestMachine {
    fn arguments(&self) -> Vec<String> {
        vec!["bin/a-program-with-a-long-name".into(), "-x".into()]
    }

    fn variables(&self) -> Vec<(String, String)> {
        vec![("LANG".into(), "C".into()), ("A".into(), "b=c".into())]
    }

    fn directory(&self) -> String {
        "/home".into()
    }

    fn monotonic(&self) -> u64 {
        12_345_678_901
    }

    fn random(&self, length: u32) -> Vec<u8> {
        (0..length).map(|at| (at * 7 + 1) as u8).collect()
    }

    fn read(&self, length: u32) -> Result<Vec<u8>> {
        let mut input = self.input.borrow_mut();
        if input.is_empty() {
            return Err(Errno::Again);
        }
        let taken = input.len().min(length as usize);
        Ok(input.drain(..taken).collect())
    }

    fn write(&self, to: Stream, data: &[u8]) -> Result<usize> {
        let stream = if to == Stream::Error {
            &self.error
        } else {
            &self.output
        };
        stream.borrow_mut().extend_from_slice(data);
        Ok(data.len())
    }

    fn ready(&self, stream: Stream) -> Readiness {
        match stream {
            Stream::Input if self.input.borrow().is_empty() => Readiness::empty(),
            Stream::Input => Readiness::READABLE,
            Stream::Output | Stream::Error => Readiness::WRITABLE,
        }
    }

    fn wait_token(&self, stream: Stream) -> Option<u64> {
        (stream == Stream::Input).then_some(42)
    }

    fn is_terminal(&self, _: Stream) -> bool {
        self.terminal
    }
}
