use super::*;
use proptest::{collection::vec, prelude::*};

fn frame(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut bytes = length[1..].to_vec();
    bytes.extend([kind, flags, 0, 0, 0, 0]);
    bytes.extend(payload);
    bytes
}

fn settings(entries: &[(u16, u32)]) -> Vec<u8> {
    let payload: Vec<u8> = entries
        .iter()
        .flat_map(|(name, value)| [&name.to_be_bytes()[..], &value.to_be_bytes()].concat())
        .collect();
    frame(SETTINGS, 0, &payload)
}

fn going(last: u32, code: u32, text: &[u8]) -> Vec<u8> {
    frame(GOAWAY, 0, &[&last.to_be_bytes()[..], &code.to_be_bytes(), text].concat())
}

fn read(pieces: &[&[u8]]) -> Vec<FrameEvent> {
    let (mut reader, mut events) = (FrameReader::new(), Vec::new());
    for piece in pieces {
        reader.feed(piece, |event| events.push(event));
    }
    events
}

fn told(max_concurrent_streams: Option<u32>) -> FrameEvent {
    FrameEvent::Settings { max_concurrent_streams }
}

#[test]
fn settings_tell_the_stream_limit_and_the_last_entry_counts() {
    let bytes =
        [settings(&[]), settings(&[(4, 65535), (3, 100)]), settings(&[(3, 1), (3, 2), (5, 7)])].concat();
    assert_eq!(read(&[&bytes]), [told(None), told(Some(100)), told(Some(2))]);
}

#[test]
fn acknowledgements_and_other_frames_are_passed_over() {
    let bytes = [
        settings(&[]),
        frame(SETTINGS, ACK, &[]),
        frame(0, 1, &vec![0; 20_000]),
        frame(6, 0, &[0; 8]),
        settings(&[(3, 9)]),
    ];
    assert_eq!(read(&[&bytes.concat()]), [told(None), told(Some(9))]);
}

#[test]
fn a_go_away_text_is_cut_and_has_no_control_characters() {
    let long = "é".repeat(20_000);
    let bytes =
        [settings(&[]), going(u32::MAX, 11, b"too_many\r\n\x1b[31mpings"), going(5, 0, long.as_bytes())]
            .concat();
    let events = read(&[&bytes]);
    let text = "too_many\u{fffd}\u{fffd}\u{fffd}[31mpings".to_owned();
    assert_eq!(events[1], FrameEvent::GoAway { last_stream_id: 0x7fff_ffff, code: 11, text });
    assert_eq!(events[2], FrameEvent::GoAway { last_stream_id: 5, code: 0, text: "é".repeat(256) });
}

#[test]
fn a_go_away_that_is_too_short_says_nothing() {
    assert_eq!(read(&[&[settings(&[]), frame(GOAWAY, 0, &[0; 7])].concat()]), [told(None)]);
}

#[test]
fn a_peer_that_does_not_begin_with_settings_is_not_http2() {
    let not = |bytes: &[u8]| read(&[bytes]);
    let why = |text: &str| vec![FrameEvent::NotHttp2(text.into())];
    assert_eq!(not(b"HTTP/1.1 400 Bad Request\r\n\r\n"), why("it speaks HTTP/1"));
    assert_eq!(not(b"\x15\x03\x01\x00\x02\x02\x46\x00\x00"), why("it speaks TLS"));
    assert_eq!(not(b"SSH-2.0-OpenSSH\r\n"), why("its first bytes are \"SSH\""));
    assert_eq!(
        not(&frame(0, 1, b"x")),
        why("its first bytes are \"\\x00\\x00\\x01\\x00\\x01\\x00\\x00\\x00\\x00\"")
    );
    assert_eq!(not(&frame(SETTINGS, ACK, &[])).len(), 1);
    assert_eq!(not(&going(0, 0, b"busy")).len(), 1);
}

#[test]
fn after_a_wrong_beginning_nothing_is_read() {
    let bytes = [frame(0, 0, &[]), settings(&[]), going(0, 0, b"")].concat();
    assert_eq!(read(&[&bytes]).len(), 1);
}

#[test]
fn the_bytes_before_the_first_frame_can_be_asked_for() {
    let mut reader = FrameReader::new();
    reader.feed(b"\x15\x03", |_| ());
    assert_eq!(reader.before_first_frame().map(first_bytes).as_deref(), Some("it speaks TLS"));
    let mut reader = FrameReader::new();
    reader.feed(&settings(&[]), |_| ());
    assert_eq!(reader.before_first_frame(), None);
}

fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec((0..8u16, any::<u32>()), 0..6).prop_map(|entries| settings(&entries)),
        (any::<u32>(), any::<u32>(), vec(any::<u8>(), 0..2000))
            .prop_map(|(last, code, text)| going(last, code, &text)),
        (any::<u8>(), any::<u8>(), vec(any::<u8>(), 0..40))
            .prop_map(|(kind, flags, body)| frame(kind, flags, &body)),
    ]
}

proptest! {
    #[test]
    fn events_do_not_depend_on_where_the_bytes_are_split(
        greeting in prop_oneof![Just(settings(&[(3, 7)])), vec(any::<u8>(), 1..20)],
        frames in vec(any_frame(), 0..8),
        cuts in vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let bytes = [greeting, frames.concat()].concat();
        let whole = read(&[&bytes]);
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len())).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
        prop_assert_eq!(&read(&pieces), &whole);
        prop_assert_eq!(&read(&bytes.chunks(1).collect::<Vec<_>>()), &whole);
    }

    #[test]
    fn one_split_at_every_point_changes_nothing(frames in vec(any_frame(), 1..3)) {
        let bytes = [settings(&[(3, 7)]), frames.concat()].concat();
        let whole = read(&[&bytes]);
        for cut in 0..=bytes.len() {
            prop_assert_eq!(&read(&[&bytes[..cut], &bytes[cut..]]), &whole);
        }
    }

    #[test]
    fn no_bytes_panic_or_grow_memory(begin in any::<bool>(), noise in vec(vec(any::<u8>(), 0..3000), 0..20)) {
        let mut reader = FrameReader::new();
        if begin {
            reader.feed(&settings(&[]), |_| ());
        }
        for piece in noise {
            reader.feed(&piece, |_| ());
            prop_assert!(reader.kept.capacity() <= 2 * GOAWAY_KEPT);
        }
    }

    #[test]
    fn a_go_away_of_any_claimed_length_keeps_a_bounded_beginning(length in 8u32..1 << 24, sent in 0usize..50_000) {
        let mut reader = FrameReader::new();
        reader.feed(&settings(&[]), |_| ());
        reader.feed(&[&length.to_be_bytes()[1..], &[GOAWAY, 0, 0, 0, 0, 0]].concat(), |_| ());
        reader.feed(&vec![b'x'; sent], |_| ());
        prop_assert!(reader.kept.capacity() <= 2 * GOAWAY_KEPT);
    }
}
