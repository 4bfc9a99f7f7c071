use super::*;
use crate::close::testing::Manual;
use crate::execute::Stopper;

fn progress() -> Line {
    line(ProgressDisplay::Nothing, &Manual::gliding(), None)
}

fn line(shown: ProgressDisplay, clock: &Arc<Manual>, wait: Option<Wait>) -> Line {
    let run = Started {
        messages: 40_797,
        chats: vec![
            Content::new("anna: Theo Marsh"),
            Content::new("anna: \u{1b}[31mA name that is far too long for one line"),
        ],
        stop: Stopper::new().1,
        allowance: Box::new(|| Allowance {
            per_second: 10.0,
            paused: Duration::ZERO,
            window: None,
        }),
        waits: Box::new(move || wait),
        wrap: Box::new(str::to_owned),
    };
    let mut progress = Line::new(run, shown, &clock.shared());
    progress.pace.done = 12_236;
    clock.advance(Duration::from_secs(1224));
    progress
}

fn created(chat: usize) -> Event {
    Event::Created { chat, message: 0 }
}

#[test]
fn line_names_phase_and_chat_in_80_columns() {
    let mut progress = progress();
    progress.event(created(0));
    let line = progress.message(None);
    assert_eq!(
        line,
        "12,237 of 40,797, 10.0/s, 48 min left; posting anna: Theo Marsh"
    );
    // The bar has ten columns, and a space follows it.
    assert!(line.chars().count() <= 80 - 11);
    progress.event(created(1));
    assert!(!progress.message(None).contains('\u{1b}'));
    assert!(
        progress
            .message(None)
            .ends_with("posting anna: [31mA name that is far…")
    );
}

/// The line stood still at "about 0.4 s left" while look-ups were waited for.
#[test]
fn line_names_a_wait_while_other_messages_proceed() {
    let mut progress = progress();
    let wait = |count, is_alone| Event::Settling {
        count,
        wait: Duration::from_secs(60),
        is_alone,
    };
    progress.event(wait(32, false));
    progress.event(created(0));
    let line = progress.message(None);
    assert_eq!(
        line,
        "12,237 of 40,797; 32 got no answer: asking Close, up to 60 s; anna: Theo Marsh"
    );
    assert!(line.chars().count() <= 80);
    // What is left may be these messages alone: their chat stays in the line.
    progress.event(wait(32, true));
    assert_eq!(progress.message(None), line);
    progress.event(wait(0, false));
    assert!(progress.message(None).contains("10.0/s"));
}

/// The line stood still, with a time left, while a 429 was waited out or Close did not respond.
#[test]
fn line_names_a_pause_and_a_late_response() {
    let mut progress = progress();
    progress.event(created(0));
    let seconds = Duration::from_secs(34);
    let line = progress.message(Some(Wait::Pause(seconds)));
    assert_eq!(
        line,
        "12,237 of 40,797; Close requires a wait of 34 s; anna: Theo Marsh"
    );
    assert!(line.chars().count() <= 80);
    let line = progress.message(Some(Wait::Response(seconds)));
    assert_eq!(
        line,
        "12,237 of 40,797; no response from Close for 34 s; anna: Theo Marsh"
    );
    assert!(line.chars().count() <= 80);
}

#[test]
fn log_names_a_wait_every_ten_seconds() {
    let clock = Manual::gliding();
    let wait = Some(Wait::Pause(Duration::from_secs(30)));
    let mut line = line(ProgressDisplay::Lines, &clock, wait);
    let mut lines = Vec::new();
    for _ in 0..12 {
        lines.extend(line.wait_to_name());
        clock.advance(Duration::from_secs(1));
    }
    let expected = "12,236 of 40,797 messages; Close requires a wait of 30 s";
    assert_eq!(lines, [expected, expected]);
}

#[test]
fn log_does_not_name_a_short_pause() {
    let clock = Manual::gliding();
    let wait = Some(Wait::Pause(Duration::from_secs(2)));
    let mut line = line(ProgressDisplay::Lines, &clock, wait);
    assert_eq!(line.wait_to_name(), None);
}
