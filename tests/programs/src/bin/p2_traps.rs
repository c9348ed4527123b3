//! What the WIT says must trap. The first argument says which; to get past it is a
//! success, and a success is what the test does not want.

use test_programs::files::{create, fresh};
use test_programs::net::{FAMILIES, udp};
use wasip2::io::poll::poll;
use wasip2::sockets::udp::OutgoingDatagram;

fn main() {
    let dir = fresh("traps");
    let output = create(&dir, "file").unwrap().write_via_stream(0).unwrap();
    let (socket, address) = udp(FAMILIES[0]);
    let (_incoming, outgoing) = socket.stream(None).unwrap();
    let datagram = || OutgoingDatagram {
        data: vec![1],
        remote_address: Some(address),
    };
    println!("about to trap");
    match std::env::args().nth(1).expect("what to do").as_str() {
        "poll-nothing" => drop(poll(&[])),
        "write-too-much" => {
            let permit = output.check_write().unwrap();
            drop(output.write(&vec![0; permit as usize + 1]));
        }
        "write-too-many-zeroes" => {
            let permit = output.check_write().unwrap();
            drop(output.write_zeroes(permit + 1));
        }
        "blocking-write-too-much" => drop(output.blocking_write_and_flush(&[0; 4097])),
        "blocking-write-too-many-zeroes" => drop(output.blocking_write_zeroes_and_flush(4097)),
        "send-without-asking" => {
            let _ = outgoing.send(&[datagram()]);
        }
        "send-too-many" => {
            let permit = outgoing.check_send().unwrap();
            let many: Vec<_> = (0..=permit).map(|_| datagram()).collect();
            let _ = outgoing.send(&many);
        }
        other => panic!("no such trap: {other}"),
    }
    println!("got away with it");
}
