//! Serves and asks itself over TCP. On `boxer:loopback` both ends are in the box; on
//! `boxer:deny` there is no network, and the program is told so in the usual way.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};

fn main() {
    match converse() {
        Ok(answer) => println!("{answer}"),
        Err(error) => {
            println!("no network here: {:?}", error.kind());
            std::process::exit(1);
        }
    }
}

fn converse() -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut client = TcpStream::connect(listener.local_addr()?)?;
    let (mut server, _) = listener.accept()?;

    client.write_all(b"what is the answer?")?;
    client.shutdown(Shutdown::Write)?;
    let mut question = String::new();
    server.read_to_string(&mut question)?;
    write!(server, "you asked {question:?}, and it is 42")?;
    drop(server);

    let mut answer = String::new();
    client.read_to_string(&mut answer)?;
    Ok(answer)
}
