//! Uses a keeper's shelves, and says what it saw.

use std::sync::Mutex;

use test::shop::store::{Item, Perks, Shelf, gone, reverse, swap};

wit_bindgen::generate!({ path: "wit", world: "worker" });

struct Worker;

/// A shelf that stays from call to call: the state of one instance.
static SHELF: Mutex<Option<Shelf>> = Mutex::new(None);

fn item(name: &str, price: u32) -> Item {
    Item {
        name: name.to_owned(),
        price,
        tags: vec!["grün".to_owned(), String::new(), "\u{1f600}".to_owned()],
        perks: Perks::GIFT | Perks::FRAGILE,
    }
}

#[inline(never)]
fn fail_on_purpose(n: u32) -> ! {
    let nothing: Option<u32> = (n > 1_000_000).then_some(n);
    panic!("{}", nothing.expect("there is nothing"))
}

impl exports::test::shop::work::Guest for Worker {
    fn run(what: String, n: u32) -> Result<String, String> {
        let mut kept = SHELF.lock().unwrap();
        let shelf = kept.get_or_insert_with(|| Shelf::new(&format!("of {what}")));
        for at in 0..n {
            shelf.put(&item(&format!("{what} {at}"), at * 300));
        }
        match what.as_str() {
            "fail" => Err(format!("{:?}", shelf.take("shut"))),
            "trap" => fail_on_purpose(n),
            "swap" => {
                let (none, same) = swap(Shelf::new("first"), None);
                let (second, _first) = swap(same, Some(Shelf::new("second")));
                drop(second);
                Ok(format!("{} {:?}", none.is_none(), gone()))
            }
            "bytes" => {
                let data: Vec<u8> = (0..n * 1000).map(|at| (at % 251) as u8).collect();
                let back = reverse(&reverse(&data));
                Ok(format!("{} {}", back.len(), back == data))
            }
            _ => {
                let other = Shelf::new("another");
                other.put(&item("other", 7));
                let all = Shelf::gather(shelf, &[&other, shelf, &other]);
                let taken: Vec<_> = (0..n).map(|at| all.take(&format!("{what} {at}"))).collect();
                Ok(format!("{:?} {taken:?} {:?}", all.names(), gone()))
            }
        }
    }
}

export!(Worker);
