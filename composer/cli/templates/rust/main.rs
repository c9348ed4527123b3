fn main() {
    let greeted = std::env::args().nth(1).unwrap_or_else(|| "box".to_owned());
    println!("Hello, {greeted}!");
}
