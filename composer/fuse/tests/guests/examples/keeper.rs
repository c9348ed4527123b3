//! Keeps shelves: a resource, and values of most types.

use std::cell::RefCell;
use std::sync::Mutex;

use exports::test::shop::store::{Fault, Guest, GuestShelf, Item, Shelf, ShelfBorrow};

wit_bindgen::generate!({ path: "wit", world: "keeper" });

struct Keeper;

struct Kept {
    name: String,
    items: RefCell<Vec<Item>>,
}

static GONE: Mutex<Vec<String>> = Mutex::new(Vec::new());

impl Drop for Kept {
    fn drop(&mut self) {
        GONE.lock().unwrap().push(self.name.clone());
    }
}

impl GuestShelf for Kept {
    fn new(name: String) -> Self {
        Kept {
            name,
            items: RefCell::default(),
        }
    }

    fn put(&self, item: Item) -> u32 {
        let mut items = self.items.borrow_mut();
        items.push(item);
        items.len() as u32
    }

    fn take(&self, name: String) -> Result<Item, Fault> {
        let mut items = self.items.borrow_mut();
        if name == "shut" {
            return Err(Fault::Closed);
        }
        match items.iter().position(|item| item.name == name) {
            None => Err(Fault::Unknown(name)),
            Some(at) if items[at].price > 1_000 => {
                Err(Fault::Poor(u64::from(items[at].price) << 32))
            }
            Some(at) => Ok(items.remove(at)),
        }
    }

    fn names(&self) -> Vec<String> {
        let items = self.items.borrow();
        items.iter().map(|item| item.name.clone()).collect()
    }

    fn gather(main: ShelfBorrow<'_>, others: Vec<ShelfBorrow<'_>>) -> Shelf {
        let main = main.get::<Kept>();
        let all = Kept::new(format!("all of {}", main.name));
        for shelf in std::iter::once(main).chain(others.iter().map(|other| other.get::<Kept>())) {
            all.items
                .borrow_mut()
                .extend(shelf.items.borrow().iter().cloned());
        }
        Shelf::new(all)
    }
}

impl Guest for Keeper {
    type Shelf = Kept;

    fn gone() -> Vec<String> {
        GONE.lock().unwrap().clone()
    }

    fn swap(a: Shelf, b: Option<Shelf>) -> (Option<Shelf>, Shelf) {
        (b, a)
    }

    fn reverse(mut data: Vec<u8>) -> Vec<u8> {
        data.reverse();
        data
    }
}

export!(Keeper);
