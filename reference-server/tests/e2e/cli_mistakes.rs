//! What an operator mistypes is named: the file, the folder or the address, and what is wrong with it.

use std::{fs, path::Path};

use crate::{cli::run, people::schema};

struct Place(tempfile::TempDir);

impl Place {
    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    /// What the program said when it refused.
    fn refused(&self, arguments: &str) -> String {
        let arguments: Vec<String> = arguments
            .split_whitespace()
            .map(|word| match word.strip_prefix('@') {
                Some(name) => self.path(name),
                None => word.to_owned(),
            })
            .collect();
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = run(&words);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{words:?}");
        said
    }
}

#[test]
fn a_mistake_is_named_with_its_place() {
    let place = Place(tempfile::tempdir().unwrap());
    let write = |name: &str, text: &str| fs::write(place.path(name), text).unwrap();
    fs::create_dir(place.path("folder")).unwrap();
    write(
        "file",
        "something else entirely, and longer than a header\n",
    );
    write("twice.json", r#"{"typ":"x","t\u0079p":"y"}"#);
    write("large.json", r#"{"typ":"x","life_days":1e400}"#);
    write(
        "a.json",
        r#"{"a":{"type":"text","value":"1"},"a":{"type":"text","value":"2"}}"#,
    );
    let schema = String::from_utf8(schema().to_json().unwrap()).unwrap();
    write("schema.json", &schema);
    for (keys, role) in [
        ("keys", "main"),
        ("holder", "fallback"),
        ("broker", "broker"),
    ] {
        assert!(
            run(&["keys", "new", "--dir", &place.path(keys), "--role", role])
                .status
                .success()
        );
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap();
    let main = "serve --role main --keys @keys --database";
    let fallback = "serve --role fallback --keys @holder --database @f.sqlite --main-url";
    let broker = "serve --role broker --keys @broker --database @b.sqlite --issuer https://b.example --schema";
    let enrol = "enrolment add --database @b.sqlite --name n --schema @schema.json --attributes";
    for (arguments, causes) in [
        (
            format!("{main} @none/main.sqlite"),
            ["none/main.sqlite", "folder does not exist"],
        ),
        (format!("{main} @folder"), ["folder", "is a folder"]),
        (format!("{main} @file"), ["file: ", "not a database"]),
        (
            format!("{main} @file/main.sqlite"),
            ["file/main.sqlite", "Not a directory"],
        ),
        (
            format!("{main} postgresx://me:geheim@host/x"),
            ["neither a file nor postgres://", ""],
        ),
        (
            format!("{main} @m.sqlite --listen {taken}"),
            [&*taken.to_string(), "in use"],
        ),
        (
            format!("{main} @m.sqlite --tls-cert @none.pem --tls-key @k"),
            ["none.pem", "No such file"],
        ),
        (
            format!("{fallback} id.example"),
            ["malformed", "https://host"],
        ),
        (
            format!("{fallback} https://x.example --main-ca @none.pem"),
            ["none.pem", "No such file"],
        ),
        (
            format!("{broker} @none.json"),
            ["none.json", "No such file"],
        ),
        (
            format!("{broker} @twice.json"),
            ["twice.json", "occurs twice at line 1"],
        ),
        (
            format!("{broker} @large.json"),
            ["large.json", "beyond 2^53 - 1 at line 1"],
        ),
        (format!("{enrol} @none.json"), ["none.json", "No such file"]),
        (
            format!("{enrol} @a.json"),
            ["a.json", "occurs twice at line 1"],
        ),
        (
            "keys new --dir @file --role main".to_owned(),
            ["file: ", "exists"],
        ),
        (
            "serve --role all --dir @file".to_owned(),
            ["file: ", "exists"],
        ),
    ] {
        let said = place.refused(&arguments);
        for cause in causes {
            assert!(said.contains(cause), "{arguments}: {cause}: {said}");
        }
        assert!(!said.contains("geheim"), "{said}");
    }
    assert!(!Path::new(&place.path("none")).exists(), "nothing was made");
}
