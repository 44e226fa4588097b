use super::*;
use proptest::prelude::*;

fn json(text: &str) -> Result<Snapshot, FileError> {
    read_document(text, Format::Json)
}

fn names(set: &Snapshot) -> Vec<(String, u32)> {
    set.iter().map(|i| (i.name(), i.weight())).collect()
}

fn want() -> Vec<(String, u32)> {
    [("10.0.0.1:80", 1), ("10.0.0.2:80", 5), ("unix:/x", 0)].map(|(name, w)| (name.to_owned(), w)).into()
}

#[test]
fn a_list_and_an_object_with_one_are_the_same_set() {
    let list = r#"["10.0.0.1:80", {"address":"10.0.0.2:80","weight":5,"tags":{"zone":"a"}}, {"address":"unix:/x","weight":0}]"#;
    let (bare, within) = (json(list).unwrap(), json(&format!(r#"{{"instances":{list}}}"#)).unwrap());
    assert_eq!(names(&bare), want());
    assert_eq!((bare[1].tag("zone"), &bare), (Some("a"), &within));
}

#[test]
fn a_service_config_comes_with_the_set() {
    let set = json(r#"{"serviceConfig":{"loadBalancingConfig":[{"round_robin":{}}]},"instances":["a:1"]}"#);
    let config = set.unwrap().service_config().unwrap().to_string();
    assert_eq!(config, r#"{"loadBalancingConfig":[{"round_robin":{}}]}"#);
    assert_eq!(json(r#"{"serviceConfig":null,"instances":[]}"#).unwrap().service_config(), None);
    let error = json(r#"{"serviceConfig":"round_robin","instances":["a:1"]}"#).unwrap_err().to_string();
    assert_eq!(error, "want an object in \"serviceConfig\"");
}

#[cfg(feature = "toml")]
#[test]
fn toml_has_its_instances_in_tables() {
    let text = r#"
        [[instances]]
        address = "10.0.0.1:80"
        [[instances]]
        addresses = ["10.0.0.2:80"]
        weight = 5
        tags = { zone = "a", version = 2 }
        [[instances]]
        address = "unix:/x"
        weight = 0
        [serviceConfig]
        loadBalancingConfig = [{ round_robin = {} }]
    "#;
    let set = read_document(text, Format::Toml).unwrap();
    assert_eq!(names(&set), want());
    assert_eq!((set[1].tag("version"), set.service_config().is_some()), (Some("2"), true));
    assert_eq!(read_document("instances = []", Format::Toml).unwrap().len(), 0);
    let bad =
        read_document("instances = [{ address = \"a:1\", weight = nan }, \"b:1\"]", Format::Toml).unwrap();
    assert_eq!((names(&bad), bad.dropped().unwrap().count), (vec![("b:1".to_owned(), 1)], 1));
}

#[cfg(feature = "toml")]
#[test]
fn an_error_of_toml_names_the_line_and_does_not_quote_it() {
    let error = read_document("instances = []\npassword = hunter2\n", Format::Toml).unwrap_err().to_string();
    assert!(error.starts_with("it is not TOML") && error.contains("line 2"), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
}

#[cfg(feature = "yaml")]
#[test]
fn yaml_has_a_list_or_an_object() {
    let list = r#"
- 10.0.0.1:80
- { address: "10.0.0.2:80", weight: 5, tags: { zone: a, debug: false, 7: x } }
- address: unix:/x
  weight: 0
"#;
    let set = read_document(list, Format::Yaml).unwrap();
    assert_eq!(names(&set), want());
    assert_eq!((set[1].tag("debug"), set[1].tag("7")), (Some("false"), Some("x")));
    let within =
        format!("serviceConfig: {{ loadBalancingConfig: [{{ round_robin: {{}} }}] }}\ninstances:{}", {
            list.replace('\n', "\n  ")
        });
    assert_eq!(read_document(&within, Format::Yaml).unwrap().service_config().map(|c| c.len()), Some(44));
    assert_eq!(read_document("[]", Format::Yaml).unwrap().len(), 0);
    assert_eq!(read_document("# nobody\n", Format::Yaml).unwrap_err().to_string().split(',').next(), {
        Some("want a list of instances")
    });
}

/// A list of lists of lists, each of many references to the one before, would fill the memory.
#[cfg(feature = "yaml")]
#[test]
fn references_that_multiply_in_yaml_are_refused() {
    let line = |n: usize| match n {
        0 => "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned(),
        n => format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 10].join(",")),
    };
    let bomb: String = (0..12).map(line).collect();
    let error = read_document(&bomb, Format::Yaml).unwrap_err().to_string();
    assert!(error.contains("repetition limit"), "{error}");
}

/// A 21: the other records count, and what was left out can be seen.
#[test]
fn a_bad_record_is_left_out_and_reported() {
    let set = json(
        r#"["a:1", "b:0", {"address":"c:1","weight":-1}, {"address":"d:1","weight":1e300}, {"address":"e:1","weight":"5"},
            {"address":"f:1","weight":null}, {"address":"g\u001b[2J:1"}, {"address":"h:1","tags":{"a":{}}}, 7, "i:1"]"#,
    )
    .unwrap();
    assert_eq!(names(&set), [("a:1".to_owned(), 1), ("i:1".to_owned(), 1)]);
    let dropped = set.dropped().unwrap();
    assert_eq!(dropped.count, 8);
    let reasons = dropped.reasons.join("\n");
    for why in ["instance 2: ", "1..=65535", "weight -1: want", "instance 7: ", "tag \"a\": want a text"] {
        assert!(reasons.contains(why), "{reasons}");
    }
    assert!(!reasons.contains('\u{1b}'), "{reasons}");
}

/// A 21, with YAML's own numbers.
#[cfg(feature = "yaml")]
#[test]
fn a_number_that_json_does_not_have_spoils_its_own_record_alone() {
    for weight in ["-1", ".nan", ".inf", "1.5", "4294967296", "99999999999999999999", "1e400", "five", "~"] {
        let text = format!("[ 'a:1', {{ address: 'b:1', weight: {weight} }} ]");
        let set = read_document(&text, Format::Yaml).unwrap_or_else(|error| panic!("{weight}: {error}"));
        let dropped = set.dropped().unwrap();
        assert_eq!((names(&set).len(), dropped.count), (1, 1), "{weight}: {dropped}");
    }
}

/// G 107.
#[test]
fn long_texts_from_the_file_are_cut_and_escaped_in_reports() {
    let long = format!("{}\\u0007", "x".repeat(1 << 20));
    let set = json(&format!(r#"["a:1", "{long}:1", {{"address":"b:1","tags":{{"{long}":[]}}}}]"#)).unwrap();
    let report = set.dropped().unwrap().to_string();
    assert!(set.len() == 1 && report.len() < 2048 && !report.chars().any(char::is_control), "{report}");
    let error = json(&format!("[{long}]")).unwrap_err().to_string();
    assert!(error.len() < 1024, "{error}");
}

#[test]
fn what_is_no_list_of_instances_is_an_error_and_no_empty_set() {
    for (text, why) in [
        ("", "it is empty"),
        (" \n", "it is empty"),
        ("[\"a:1\"", "it is not JSON: EOF"),
        ("{}", "want a list in \"instances\""),
        (r#"{"instances":{"a":1}}"#, "want a list in \"instances\""),
        (r#"{"instances":null}"#, "want a list in \"instances\""),
        ("null", "want a list of instances, or an object"),
        ("7", "want a list of instances, or an object"),
        ("[NaN]", "it is not JSON"),
    ] {
        let error = json(text).unwrap_err().to_string();
        assert!(error.starts_with(why), "{text}: {error}");
    }
    assert!(json("[]").unwrap().is_empty());
}

#[test]
fn deep_nesting_is_an_error_and_no_overflow() {
    for piece in ["[", "{a: ", "- ", "a: [{"] {
        let deep = piece.repeat(100_000);
        for name in Format::NAMES {
            let text = if *name == "toml" { format!("instances = {deep}") } else { deep.clone() };
            assert!(read_document(&text, Format::named(name).unwrap()).is_err(), "{name} {piece}");
        }
    }
}

fn any_format() -> impl Strategy<Value = Format> {
    prop::sample::select(Format::NAMES).prop_map(|name| Format::named(name).unwrap())
}

proptest! {
    /// G 111.
    #[test]
    fn any_text_is_a_set_or_an_error(format in any_format(), text in ".{0,200}") {
        let _ = read_document(&text, format);
    }

    /// G 111: text that looks like a document more often than not.
    #[test]
    fn any_pieces_of_a_document_are_a_set_or_an_error(
        format in any_format(),
        pieces in prop::collection::vec(prop::sample::select(vec![
            "instances", "address", "\"a:1\"", "weight", "serviceConfig", ":", "=", "[", "]", "{", "}", "[[", "]]", ",", "\n", "  ", "- ",
            "&a", "*a", "!t", "|", ">", "~", "-1", ".nan", "1979-05-27", "'", "\"\"\"", "#", "---", "...", "<<", "?",
        ]), 0..40),
    ) {
        let _ = read_document(&pieces.concat(), format);
    }
}
