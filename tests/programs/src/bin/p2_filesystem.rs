//! `wasi:filesystem`, call by call.

use test_programs::files::{FOLLOW, content, create, fresh, names, nofollow, open, put, root};
use test_programs::on_another_host;
use wasip2::clocks::wall_clock::Datetime;
use wasip2::filesystem::types::{
    Advice, Descriptor, DescriptorFlags, DescriptorType, ErrorCode, NewTimestamp, OpenFlags,
};

fn main() {
    flags_and_types();
    opening();
    paths();
    reading_and_writing();
    sizes();
    times();
    directories();
    listing();
    symbolic_links();
    hard_links();
    renaming();
    removing();
    identity();
    lifetimes();
    println!("p2_filesystem ok");
}

const READ: DescriptorFlags = DescriptorFlags::READ;
const WRITE: DescriptorFlags = DescriptorFlags::WRITE;
const MUTATE: DescriptorFlags = DescriptorFlags::MUTATE_DIRECTORY;

fn none() -> OpenFlags {
    OpenFlags::empty()
}

fn flags_and_types() {
    let root = root();
    assert_eq!(root.get_flags(), Ok(READ | MUTATE));
    assert_eq!(root.get_type(), Ok(DescriptorType::Directory));

    let dir = fresh("flags");
    let empty = DescriptorFlags::empty();
    let here = dir.open_at(nofollow(), ".", none(), empty).unwrap();
    assert_eq!(here.get_flags(), Ok(READ));
    assert_eq!(here.get_type(), Ok(DescriptorType::Directory));
    let made = OpenFlags::CREATE | OpenFlags::EXCLUSIVE;
    for (open_flags, asked, given) in [
        (made, empty, READ | WRITE),
        (made, READ, READ | WRITE),
        (made, WRITE, WRITE),
        (made, READ | WRITE, READ | WRITE),
    ] {
        let file = dir.open_at(nofollow(), "a", open_flags, asked).unwrap();
        assert_eq!(file.get_flags(), Ok(given));
        assert_eq!(file.get_type(), Ok(DescriptorType::RegularFile));
        dir.unlink_file_at("a").unwrap();
    }
    put(&dir, "a", b"x");
    for (open_flags, asked, given) in [
        (none(), empty, READ),
        (OpenFlags::EXCLUSIVE, empty, READ),
        (none(), WRITE, WRITE),
        (none(), READ | WRITE, READ | WRITE),
    ] {
        let file = dir.open_at(nofollow(), "a", open_flags, asked).unwrap();
        assert_eq!(file.get_flags(), Ok(given));
    }
}

fn opening() {
    let dir = fresh("opening");
    put(&dir, "file", b"content");
    dir.create_directory_at("sub").unwrap();
    let error = |path: &str, open_flags, flags| {
        dir.open_at(nofollow(), path, open_flags, flags)
            .map(drop)
            .unwrap_err()
    };
    assert_eq!(error("", none(), READ), ErrorCode::NoEntry);
    assert_eq!(error("none", none(), READ), ErrorCode::NoEntry);
    assert_eq!(error("none/file", none(), READ), ErrorCode::NoEntry);
    assert_eq!(error("file/x", none(), READ), ErrorCode::NotDirectory);
    assert_eq!(
        error("file/x", OpenFlags::CREATE, WRITE),
        ErrorCode::NotDirectory
    );
    assert_eq!(
        error("file", OpenFlags::DIRECTORY, READ),
        ErrorCode::NotDirectory
    );
    assert_eq!(
        error("file", OpenFlags::CREATE | OpenFlags::EXCLUSIVE, WRITE),
        ErrorCode::Exist
    );
    assert_eq!(error("sub", none(), WRITE), ErrorCode::IsDirectory);
    assert_eq!(
        error("sub", OpenFlags::CREATE, WRITE),
        ErrorCode::IsDirectory
    );
    assert_eq!(error(".", none(), WRITE), ErrorCode::IsDirectory);
    assert_eq!(
        error("none/", OpenFlags::CREATE, WRITE),
        ErrorCode::IsDirectory
    );
    for alone in [OpenFlags::CREATE, OpenFlags::EXCLUSIVE, OpenFlags::TRUNCATE] {
        assert_eq!(
            error("sub", OpenFlags::DIRECTORY | alone, READ),
            ErrorCode::Invalid
        );
    }
    dir.open_at(nofollow(), "sub", OpenFlags::DIRECTORY, READ)
        .map(drop)
        .unwrap();
    dir.open_at(nofollow(), "sub/../file", none(), READ)
        .map(drop)
        .unwrap();

    dir.open_at(nofollow(), "file", OpenFlags::CREATE, WRITE)
        .map(drop)
        .unwrap();
    assert_eq!(content(&dir, "file"), b"content");
    dir.open_at(nofollow(), "file", OpenFlags::TRUNCATE, WRITE)
        .map(drop)
        .unwrap();
    assert_eq!(content(&dir, "file"), b"");

    let file = open(&dir, "file").unwrap();
    assert_eq!(open(&file, "x").map(drop), Err(ErrorCode::NotDirectory));
    assert_eq!(open(&file, ".").map(drop), Err(ErrorCode::NotDirectory));
}

/// No path leaves the directory that it starts from.
fn paths() {
    let dir = fresh("paths");
    dir.create_directory_at("sub").unwrap();
    put(&dir, "file", b"x");
    let sub = open(&dir, "sub").unwrap();
    dir.symlink_at("..", "sub/up").unwrap();
    dir.symlink_at("../..", "sub/upper").unwrap();

    for outside in [
        "/",
        "/etc/passwd",
        "..",
        "../file",
        "./..",
        "a/../../file",
        "up/file",
        "upper",
    ] {
        let refused = Err(ErrorCode::NotPermitted);
        if outside != "a/../../file" {
            assert_eq!(sub.stat_at(FOLLOW, outside).map(drop), refused, "{outside}");
            assert_eq!(
                sub.open_at(FOLLOW, outside, none(), READ).map(drop),
                refused,
                "{outside}"
            );
            assert_eq!(sub.metadata_hash_at(FOLLOW, outside).map(drop), refused);
            let now = NewTimestamp::Now;
            assert_eq!(sub.set_times_at(FOLLOW, outside, now, now), refused);
        }
    }
    for outside in ["/x", "../x", "up/x", "upper/x"] {
        let refused = Err(ErrorCode::NotPermitted);
        assert_eq!(create(&sub, outside).map(drop), refused, "{outside}");
        assert_eq!(sub.create_directory_at(outside), refused, "{outside}");
        assert_eq!(sub.symlink_at("x", outside), refused, "{outside}");
        assert_eq!(sub.remove_directory_at(outside), refused, "{outside}");
        assert_eq!(sub.unlink_file_at(outside), refused, "{outside}");
        assert_eq!(sub.readlink_at(outside).map(drop), refused, "{outside}");
        assert_eq!(sub.rename_at("up", &sub, outside), refused, "{outside}");
        assert_eq!(sub.rename_at(outside, &sub, "x"), refused, "{outside}");
        assert_eq!(
            dir.link_at(nofollow(), "file", &sub, outside),
            refused,
            "{outside}"
        );
        assert_eq!(
            sub.link_at(nofollow(), outside, &sub, "x"),
            refused,
            "{outside}"
        );
    }
    assert_eq!(names(&sub), ["up", "upper"]);
    assert_eq!(names(&dir), ["file", "sub"]);

    // The same links are fine from a base that they do not leave.
    dir.stat_at(FOLLOW, "sub/up/file").map(drop).unwrap();
    assert_eq!(
        dir.stat_at(FOLLOW, "sub/upper").map(drop),
        Err(ErrorCode::NotPermitted)
    );
    root().stat_at(FOLLOW, "paths/sub/upper").map(drop).unwrap();
    assert_eq!(
        root().stat_at(nofollow(), "..").map(drop),
        Err(ErrorCode::NotPermitted)
    );

    let long = "n".repeat(256);
    assert_eq!(create(&dir, &long).map(drop), Err(ErrorCode::NameTooLong));
    assert_eq!(create(&dir, &long[1..]).map(drop), Ok(()));
    let deep = "a/".repeat(3000);
    assert_eq!(
        dir.stat_at(nofollow(), &deep).map(drop),
        Err(ErrorCode::NameTooLong)
    );
    assert_eq!(
        dir.stat_at(nofollow(), "file\0x").map(drop),
        Err(ErrorCode::Invalid)
    );
    put(&dir, "größe 文字 \u{1f600}", b"utf-8");
    assert_eq!(content(&dir, "größe 文字 \u{1f600}"), b"utf-8");
}

fn reading_and_writing() {
    let dir = fresh("io");
    let file = create(&dir, "file").unwrap();
    assert_eq!(file.write(b"hello", 0), Ok(5));
    assert_eq!(file.read(100, 0).map(|read| read.0), Ok(b"hello".to_vec()));
    assert_eq!(file.read(2, 1).map(|read| read.0), Ok(b"el".to_vec()));
    assert_eq!(file.read(10, 5), Ok((vec![], true)));
    assert_eq!(file.read(10, 500), Ok((vec![], true)));
    assert_eq!(file.write(b"!", 8), Ok(1));
    assert_eq!(content(&dir, "file"), b"hello\0\0\0!");
    assert_eq!(file.write(b"", 3), Ok(0));
    assert_eq!(file.read(1, u64::MAX), Err(ErrorCode::Invalid));
    assert_eq!(file.write(b"x", u64::MAX), Err(ErrorCode::Invalid));

    let reader = open(&dir, "file").unwrap();
    assert_eq!(reader.write(b"x", 0), Err(ErrorCode::BadDescriptor));
    let writer = dir.open_at(nofollow(), "file", none(), WRITE).unwrap();
    assert_eq!(writer.read(1, 0), Err(ErrorCode::BadDescriptor));
    assert!(matches!(
        dir.read(1, 0),
        Err(ErrorCode::IsDirectory | ErrorCode::BadDescriptor)
    ));

    for advice in [
        Advice::Normal,
        Advice::Sequential,
        Advice::Random,
        Advice::WillNeed,
        Advice::DontNeed,
        Advice::NoReuse,
    ] {
        for (offset, length) in [(0, 0), (0, 100), (4096, 1), (1 << 40, 1 << 40)] {
            assert_eq!(reader.advise(offset, length, advice), Ok(()));
        }
    }
    assert_eq!(
        dir.advise(0, 0, Advice::Normal),
        Err(ErrorCode::BadDescriptor)
    );
    for descriptor in [&file, &reader, &writer, &dir] {
        assert_eq!(descriptor.sync(), Ok(()));
        assert_eq!(descriptor.sync_data(), Ok(()));
    }
}

fn sizes() {
    let dir = fresh("sizes");
    let file = create(&dir, "file").unwrap();
    let reader = open(&dir, "file").unwrap();
    let size = |file: &Descriptor| file.stat().unwrap().size;
    for new in [0, 42, 100_000, 7, 0, 5] {
        file.set_size(new).unwrap();
        assert_eq!((size(&file), size(&reader)), (new, new));
    }
    assert_eq!(content(&dir, "file"), [0; 5]);
    assert!(matches!(
        reader.set_size(1),
        Err(ErrorCode::Invalid | ErrorCode::BadDescriptor | ErrorCode::Access)
    ));
    assert!(matches!(
        file.set_size(u64::MAX),
        Err(ErrorCode::Invalid | ErrorCode::FileTooLarge)
    ));
    // A hole costs nothing.
    file.set_size(1 << 33).unwrap();
    assert_eq!(file.read(4, 1 << 32), Ok((vec![0; 4], false)));
    file.write(b"end", (1 << 33) - 3).unwrap();
    assert_eq!(file.read(9, (1 << 33) - 4).unwrap().0, b"\0end");
}

fn times() {
    let dir = fresh("times");
    put(&dir, "file", b"x");
    dir.symlink_at("file", "link").unwrap();
    let file = open(&dir, "file").unwrap();
    let at = |seconds| {
        NewTimestamp::Timestamp(Datetime {
            seconds,
            nanoseconds: 123_456_789,
        })
    };
    let told = |stat: wasip2::filesystem::types::DescriptorStat| {
        let seconds = |time: Option<Datetime>| time.map(|time| time.seconds);
        (
            seconds(stat.data_access_timestamp),
            seconds(stat.data_modification_timestamp),
        )
    };
    file.set_times(at(42), at(69)).unwrap();
    assert_eq!(told(file.stat().unwrap()), (Some(42), Some(69)));
    let exact = file
        .stat()
        .unwrap()
        .data_modification_timestamp
        .unwrap()
        .nanoseconds;
    assert_eq!(exact, 123_456_789);
    file.set_times(NewTimestamp::NoChange, at(70)).unwrap();
    assert_eq!(told(file.stat().unwrap()), (Some(42), Some(70)));
    dir.set_times_at(nofollow(), "file", at(1), NewTimestamp::NoChange)
        .unwrap();
    assert_eq!(
        told(dir.stat_at(nofollow(), "file").unwrap()),
        (Some(1), Some(70))
    );

    dir.set_times_at(FOLLOW, "link", at(5), at(6)).unwrap();
    assert_eq!(told(file.stat().unwrap()), (Some(5), Some(6)));
    dir.set_times_at(nofollow(), "link", at(7), at(8)).unwrap();
    assert_eq!(
        told(dir.stat_at(nofollow(), "link").unwrap()),
        (Some(7), Some(8))
    );
    assert_eq!(told(file.stat().unwrap()), (Some(5), Some(6)));
    dir.set_times(at(9), at(10)).unwrap();
    assert_eq!(told(dir.stat().unwrap()), (Some(9), Some(10)));

    if !on_another_host() {
        // wasmtime carries over into the seconds.
        let wrong = NewTimestamp::Timestamp(Datetime {
            seconds: 1,
            nanoseconds: 1_000_000_000,
        });
        assert_eq!(
            file.set_times(wrong, NewTimestamp::NoChange),
            Err(ErrorCode::Invalid)
        );
    }
    assert_eq!(
        dir.set_times_at(nofollow(), "none", at(1), at(1)),
        Err(ErrorCode::NoEntry)
    );
    assert_eq!(
        dir.set_times_at(nofollow(), "", at(1), at(1)),
        Err(ErrorCode::NoEntry)
    );

    // A write moves the time of modification, a change of attributes that of change.
    let writer = dir.open_at(nofollow(), "file", none(), WRITE).unwrap();
    writer.write(b"y", 0).unwrap();
    assert!(told(file.stat().unwrap()).1 > Some(6));
    file.set_times(NewTimestamp::Now, NewTimestamp::Now)
        .unwrap();
    assert!(told(file.stat().unwrap()).0 > Some(5));
    assert!(file.stat().unwrap().status_change_timestamp.is_some());
}

fn directories() {
    let dir = fresh("directories");
    put(&dir, "file", b"");
    assert_eq!(dir.create_directory_at(""), Err(ErrorCode::NoEntry));
    assert_eq!(dir.create_directory_at("."), Err(ErrorCode::Exist));
    assert_eq!(dir.create_directory_at("file"), Err(ErrorCode::Exist));
    assert_eq!(
        dir.create_directory_at("file/x"),
        Err(ErrorCode::NotDirectory)
    );
    assert_eq!(dir.create_directory_at("none/x"), Err(ErrorCode::NoEntry));
    dir.create_directory_at("new").unwrap();
    assert_eq!(dir.create_directory_at("new"), Err(ErrorCode::Exist));
    dir.create_directory_at("slash/").unwrap();
    dir.create_directory_at("new/below").unwrap();
    assert_eq!(dir.remove_directory_at("new"), Err(ErrorCode::NotEmpty));
    assert_eq!(
        dir.remove_directory_at("file"),
        Err(ErrorCode::NotDirectory)
    );
    assert_eq!(dir.remove_directory_at("none"), Err(ErrorCode::NoEntry));
    assert_eq!(dir.remove_directory_at(""), Err(ErrorCode::NoEntry));
    assert!(matches!(
        dir.remove_directory_at("."),
        Err(ErrorCode::Invalid | ErrorCode::Access)
    ));
    dir.remove_directory_at("new/below").unwrap();
    dir.remove_directory_at("new").unwrap();
    dir.remove_directory_at("slash").unwrap();
    assert_eq!(names(&dir), ["file"]);
    let stat = dir.stat().unwrap();
    assert_eq!(stat.type_, DescriptorType::Directory);
}

fn listing() {
    let dir = fresh("listing");
    assert!(names(&dir).is_empty());
    let mut expected: Vec<String> = (0..1000).map(|number| format!("file {number}")).collect();
    for name in &expected {
        put(&dir, name, b"");
    }
    expected.sort();
    assert_eq!(names(&dir), expected);

    // Two streams do not disturb each other.
    let (one, two) = (dir.read_directory().unwrap(), dir.read_directory().unwrap());
    let first = one.read_directory_entry().unwrap().unwrap();
    assert_eq!(
        first.name,
        two.read_directory_entry().unwrap().unwrap().name
    );
    drop(one);
    assert!(two.read_directory_entry().unwrap().is_some());

    // What is there all the while is told once, whatever goes meanwhile.
    let stream = dir.read_directory().unwrap();
    let mut seen = Vec::new();
    while let Some(entry) = stream.read_directory_entry().unwrap() {
        dir.unlink_file_at(&entry.name).unwrap();
        seen.push(entry.name);
    }
    seen.sort();
    assert_eq!(seen, expected);
    assert!(names(&dir).is_empty());
    assert!(stream.read_directory_entry().unwrap().is_none());

    put(&dir, "file", b"");
    dir.create_directory_at("dir").unwrap();
    dir.symlink_at("file", "link").unwrap();
    let stream = dir.read_directory().unwrap();
    let mut types = Vec::new();
    while let Some(entry) = stream.read_directory_entry().unwrap() {
        types.push((entry.name, entry.type_));
    }
    types.sort_by(|one, two| one.0.cmp(&two.0));
    assert_eq!(
        types,
        [
            ("dir".to_owned(), DescriptorType::Directory),
            ("file".to_owned(), DescriptorType::RegularFile),
            ("link".to_owned(), DescriptorType::SymbolicLink),
        ]
    );
    let file = open(&dir, "file").unwrap();
    assert_eq!(
        file.read_directory().map(drop),
        Err(ErrorCode::NotDirectory)
    );
}

fn symbolic_links() {
    let dir = fresh("links");
    put(&dir, "file", b"content");
    dir.symlink_at("file", "link").unwrap();
    assert_eq!(dir.readlink_at("link"), Ok("file".to_owned()));
    assert_eq!(
        dir.stat_at(nofollow(), "link").unwrap().type_,
        DescriptorType::SymbolicLink
    );
    assert_eq!(dir.stat_at(nofollow(), "link").unwrap().size, 4);
    assert_eq!(
        dir.stat_at(FOLLOW, "link").unwrap().type_,
        DescriptorType::RegularFile
    );
    assert_eq!(open(&dir, "link").map(drop), Err(ErrorCode::Loop));
    let followed = dir.open_at(FOLLOW, "link", none(), READ).unwrap();
    assert_eq!(followed.read(9, 0).unwrap().0, b"content");

    assert_eq!(dir.readlink_at(""), Err(ErrorCode::NoEntry));
    assert_eq!(dir.readlink_at("."), Err(ErrorCode::Invalid));
    assert_eq!(dir.readlink_at("file"), Err(ErrorCode::Invalid));
    assert_eq!(dir.readlink_at("none"), Err(ErrorCode::NoEntry));
    let file = open(&dir, "file").unwrap();
    assert_eq!(file.readlink_at("."), Err(ErrorCode::NotDirectory));

    dir.symlink_at("self", "self").unwrap();
    assert_eq!(dir.stat_at(FOLLOW, "self").map(drop), Err(ErrorCode::Loop));
    assert_eq!(
        dir.open_at(FOLLOW, "self", none(), READ).map(drop),
        Err(ErrorCode::Loop)
    );
    dir.symlink_at("nowhere", "dangling").unwrap();
    assert_eq!(
        dir.stat_at(FOLLOW, "dangling").map(drop),
        Err(ErrorCode::NoEntry)
    );
    dir.stat_at(nofollow(), "dangling").map(drop).unwrap();
    let made = OpenFlags::CREATE | OpenFlags::EXCLUSIVE;
    assert_eq!(
        dir.open_at(FOLLOW, "dangling", made, WRITE).map(drop),
        Err(ErrorCode::Exist)
    );
    dir.open_at(FOLLOW, "dangling", OpenFlags::CREATE, WRITE)
        .map(drop)
        .unwrap();
    dir.stat_at(nofollow(), "nowhere").map(drop).unwrap();

    assert_eq!(dir.symlink_at("x", "file"), Err(ErrorCode::Exist));
    assert_eq!(dir.symlink_at("x", ""), Err(ErrorCode::NoEntry));
    assert_eq!(dir.symlink_at("", "x"), Err(ErrorCode::NoEntry));
    // Absolute targets would leave a base that is not the root.
    assert_eq!(
        dir.symlink_at("/links/file", "x"),
        Err(ErrorCode::NotPermitted)
    );
}

fn hard_links() {
    let dir = fresh("hard");
    put(&dir, "file", b"content");
    let link = |from: &str, to: &str| dir.link_at(nofollow(), from, &dir, to);
    link("file", "other").unwrap();
    assert_eq!(dir.stat_at(nofollow(), "file").unwrap().link_count, 2);
    assert_eq!(content(&dir, "other"), b"content");
    let (one, two) = (open(&dir, "file").unwrap(), open(&dir, "other").unwrap());
    assert!(one.is_same_object(&two));
    assert_eq!(link("file", "file"), Err(ErrorCode::Exist));
    assert_eq!(link("none", "x"), Err(ErrorCode::NoEntry));
    assert_eq!(link("", "x"), Err(ErrorCode::NoEntry));
    assert_eq!(link("file", ""), Err(ErrorCode::NoEntry));
    dir.create_directory_at("sub").unwrap();
    assert!(matches!(
        link("sub", "x"),
        Err(ErrorCode::NotPermitted | ErrorCode::Access)
    ));
    assert!(matches!(
        link(".", "x"),
        Err(ErrorCode::NotPermitted | ErrorCode::Access)
    ));
    dir.unlink_file_at("file").unwrap();
    assert_eq!(two.stat().unwrap().link_count, 1);
    dir.symlink_at("other", "soft").unwrap();
    link("soft", "soft too").unwrap();
    assert_eq!(
        dir.stat_at(nofollow(), "soft too").unwrap().type_,
        DescriptorType::SymbolicLink
    );
}

fn renaming() {
    let dir = fresh("renaming");
    put(&dir, "a", b"a");
    let rename = |from: &str, to: &str| dir.rename_at(from, &dir, to);
    rename("a", "a").unwrap();
    rename("a", "b").unwrap();
    assert_eq!(names(&dir), ["b"]);
    put(&dir, "a", b"new");
    rename("a", "b").unwrap();
    assert_eq!(content(&dir, "b"), b"new");
    assert_eq!(rename("none", "x"), Err(ErrorCode::NoEntry));
    assert!(matches!(
        rename(".", "x"),
        Err(ErrorCode::Busy | ErrorCode::Invalid | ErrorCode::Access)
    ));
    dir.create_directory_at("sub").unwrap();
    dir.create_directory_at("sub/below").unwrap();
    assert_eq!(rename("b", "sub"), Err(ErrorCode::IsDirectory));
    assert_eq!(rename("sub", "b"), Err(ErrorCode::NotDirectory));
    assert_eq!(rename("sub", "sub/below/x"), Err(ErrorCode::Invalid));
    dir.create_directory_at("full").unwrap();
    put(&dir, "full/file", b"");
    assert_eq!(rename("sub", "full"), Err(ErrorCode::NotEmpty));
    dir.unlink_file_at("full/file").unwrap();
    rename("sub", "full").unwrap();
    assert_eq!(names(&dir), ["b", "full"]);
    assert_eq!(names(&open(&dir, "full").unwrap()), ["below"]);
    let full = open(&dir, "full").unwrap();
    dir.rename_at("b", &full, "moved").unwrap();
    assert_eq!(names(&full), ["below", "moved"]);
    full.rename_at("moved", &dir, "back").unwrap();
    assert_eq!(content(&dir, "back"), b"new");
    dir.symlink_at("back", "link").unwrap();
    rename("link", "renamed").unwrap();
    assert_eq!(dir.readlink_at("renamed"), Ok("back".to_owned()));
}

fn removing() {
    let dir = fresh("removing");
    dir.create_directory_at("sub").unwrap();
    put(&dir, "file", b"content");
    for (path, error) in [
        ("", ErrorCode::NoEntry),
        ("none", ErrorCode::NoEntry),
        ("sub", ErrorCode::IsDirectory),
        ("file/x", ErrorCode::NotDirectory),
        ("file/", ErrorCode::NotDirectory),
    ] {
        assert_eq!(dir.unlink_file_at(path), Err(error), "{path}");
    }
    dir.symlink_at("sub", "link").unwrap();
    dir.unlink_file_at("link").unwrap();
    // What is open stays usable without a name.
    let file = dir
        .open_at(nofollow(), "file", none(), READ | WRITE)
        .unwrap();
    dir.unlink_file_at("file").unwrap();
    assert_eq!(names(&dir), ["sub"]);
    assert_eq!(file.stat().unwrap().link_count, 0);
    assert_eq!(file.read(100, 0).unwrap().0, b"content");
    file.write(b"C", 0).unwrap();
    assert_eq!(file.read(100, 0).unwrap().0, b"Content");
}

fn identity() {
    let dir = fresh("identity");
    put(&dir, "a", b"1");
    put(&dir, "b", b"1");
    let (a, again, b) = (
        open(&dir, "a").unwrap(),
        open(&dir, "./a").unwrap(),
        open(&dir, "b").unwrap(),
    );
    assert!(a.is_same_object(&a) && a.is_same_object(&again) && !a.is_same_object(&b));
    assert!(!a.is_same_object(&dir));
    let hash = |file: &Descriptor| {
        let hash = file.metadata_hash().unwrap();
        (hash.lower, hash.upper)
    };
    assert_eq!(hash(&a), hash(&again));
    assert_ne!(hash(&a), hash(&b));
    let at = dir.metadata_hash_at(nofollow(), "a").unwrap();
    assert_eq!((at.lower, at.upper), hash(&a));
    // The lower half is what C libraries make an inode number of.
    let before = hash(&a);
    let writer = dir.open_at(nofollow(), "a", none(), WRITE).unwrap();
    writer.write(b"other", 0).unwrap();
    assert_eq!(hash(&a).0, before.0);
    assert_eq!(
        dir.metadata_hash_at(nofollow(), "").map(drop),
        Err(ErrorCode::NoEntry)
    );
}

/// Streams and listings outlive the descriptor that they came from.
fn lifetimes() {
    let dir = fresh("lifetimes");
    put(&dir, "file", b"content");
    let file = open(&dir, "file").unwrap();
    let input = file.read_via_stream(0).unwrap();
    drop(file);
    assert_eq!(input.blocking_read(100).unwrap(), b"content");
    let listing = dir.read_directory().unwrap();
    drop(dir);
    assert!(listing.read_directory_entry().unwrap().is_some());
}
