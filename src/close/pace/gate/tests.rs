use futures_util::FutureExt;

use super::state::PROBED;
use super::*;
use crate::close::pace::Budget;
use crate::close::testing::Manual;

fn budget(limit: u64, remaining: u64, reset: f64) -> Signals {
    let reset = Duration::from_secs_f64(reset);
    let budget = Some(Budget {
        limit: Some(limit),
        remaining,
        reset,
    });
    Signals {
        budget,
        ..Signals::default()
    }
}

fn heard(pass: Pass, signals: &Signals) {
    pass.answered(&Answer::Heard {
        signals,
        success: true,
    });
}

/// Number of requests that may be sent at this moment; their passes are released.
fn burst(gate: &Arc<Gate>) -> Vec<Pass> {
    std::iter::from_fn(|| gate.pass().now_or_never())
        .take(1000)
        .collect()
}

#[tokio::test]
async fn without_a_header_requests_are_spaced_by_the_configured_rate() {
    let clock = Manual::parked();
    let gate = Gate::new(clock.shared(), 4.0);
    for _ in 0..3 {
        let passes = burst(&gate);
        assert_eq!(passes.len(), 1);
        for pass in passes {
            heard(pass, &Signals::default());
        }
        clock.advance(Duration::from_millis(249));
        assert!(burst(&gate).is_empty());
        clock.advance(Duration::from_millis(1));
    }
}

#[tokio::test]
async fn a_pace_is_probed_upward_where_that_is_asked_for_and_a_429_halves_it() {
    let clock = Manual::gliding();
    let gate = Gate::new(clock.shared(), 10.0).up_to(20.0);
    let rate = |gate: &Arc<Gate>| gate.state().rate;
    for _ in 0..PROBED {
        assert!((rate(&gate) - 10.0).abs() < 1e-9);
        heard(gate.pass().await, &Signals::default());
    }
    assert!((rate(&gate) - 11.0).abs() < 1e-9);
    for _ in 0..PROBED * 10 {
        heard(gate.pass().await, &Signals::default());
    }
    assert!((rate(&gate) - 20.0).abs() < 1e-9, "and no further");
    gate.pass().await.answered(&Answer::Limited {
        signals: &Signals::default(),
        wait: Duration::from_secs(1),
    });
    assert!((rate(&gate) - 10.0).abs() < 1e-9);
}

#[tokio::test]
async fn the_budget_of_a_window_is_used_fully_and_comes_back_whole() {
    let clock = Manual::parked();
    let gate = Gate::new(clock.shared(), 1.0);
    heard(gate.pass().await, &budget(10, 9, 5.0));
    let passes = burst(&gate);
    assert_eq!(
        passes.len(),
        9,
        "above the configured pace, up to the budget"
    );
    for (n, pass) in passes.into_iter().enumerate() {
        heard(pass, &budget(10, 8 - n as u64, 5.0));
    }
    assert!(burst(&gate).is_empty());
    clock.advance(Duration::from_millis(4999));
    assert!(burst(&gate).is_empty());
    clock.advance(Duration::from_millis(1));
    let passes = burst(&gate);
    assert_eq!(passes.len(), 10, "the whole allowance is back");
    for (n, pass) in passes.into_iter().enumerate() {
        heard(pass, &budget(10, 9 - n as u64, 5.0));
    }
    assert!(burst(&gate).is_empty());
}

#[tokio::test]
async fn answers_out_of_order_take_the_least_and_a_later_window_replaces() {
    let clock = Manual::parked();
    let gate = Gate::new(clock.shared(), 1000.0);
    heard(gate.pass().await, &budget(10, 9, 5.0));
    let mut passes = burst(&gate);
    assert_eq!(passes.len(), 9);
    let late = passes.pop().unwrap();
    for remaining in [3, 7, 4, 8] {
        heard(passes.pop().unwrap(), &budget(10, remaining, 4.8));
    }
    // Three left according to the lowest response, five still in flight.
    assert!(burst(&gate).is_empty());
    clock.advance(Duration::from_secs(6));
    heard(passes.pop().unwrap(), &budget(10, 6, 5.0));
    // A late response of the first window does not lower the second.
    heard(late, &budget(10, 0, 0.0));
    assert_eq!(passes.len(), 3);
    assert_eq!(burst(&gate).len(), 3, "six left, three in flight");
}

#[tokio::test]
async fn a_waiter_goes_when_an_answer_frees_its_place() {
    let clock = Manual::parked();
    let gate = Gate::new(clock.shared(), 1.0);
    heard(gate.pass().await, &budget(10, 1, 5.0));
    let flying = gate.pass().await;
    let other = Arc::clone(&gate);
    let waiter = tokio::spawn(async move { heard(other.pass().await, &budget(10, 0, 5.0)) });
    tokio::task::yield_now().await;
    assert!(!waiter.is_finished());
    // The one in flight was already counted, so one is left.
    heard(flying, &budget(10, 1, 5.0));
    waiter.await.unwrap();
    assert!(burst(&gate).is_empty());
}

#[tokio::test]
async fn a_429_pauses_for_the_time_it_names_even_with_budget_left() {
    let clock = Manual::parked();
    let gate = Gate::new(clock.shared(), 1000.0);
    let signals = budget(10, 5, 3.0);
    let wait = Duration::from_secs(3);
    gate.pass().await.answered(&Answer::Limited {
        signals: &signals,
        wait,
    });
    assert!(burst(&gate).is_empty());
    clock.advance(Duration::from_millis(2999));
    assert!(burst(&gate).is_empty());
    // The manual clock's random number is 0.5: half of the jitter.
    clock.advance(Duration::from_millis(126));
    assert_eq!(burst(&gate).len(), 10);
}

#[tokio::test]
async fn a_header_that_vanishes_leaves_the_configured_pace() {
    let clock = Manual::parked();
    let gate = Gate::new(clock.shared(), 2.0);
    heard(gate.pass().await, &budget(100, 99, 60.0));
    let pass = gate.pass().await;
    // A failure without the header is no evidence of that.
    pass.answered(&Answer::Heard {
        signals: &Signals::default(),
        success: false,
    });
    let pass = gate.pass().await;
    heard(pass, &Signals::default());
    clock.advance(Duration::from_secs(1));
    assert_eq!(burst(&gate).len(), 1);
    clock.advance(Duration::from_millis(500));
    assert_eq!(burst(&gate).len(), 1);
}

#[tokio::test]
async fn a_429_that_names_no_budget_halves_the_pace_once_and_calm_restores_it() {
    let clock = Manual::parked();
    let gate = Gate::new(clock.shared(), 8.0);
    let a = gate.pass().await;
    clock.advance(Duration::from_secs(1));
    let b = gate.pass().await;
    let (none, wait) = (Signals::default(), Duration::from_secs(1));
    a.answered(&Answer::Limited {
        signals: &none,
        wait,
    });
    b.answered(&Answer::Limited {
        signals: &none,
        wait,
    });
    assert_eq!(gate.state().rate, 4.0);
    for _ in 0..200 {
        clock.advance(Duration::from_secs(10));
        heard(gate.pass().await, &none);
    }
    assert_eq!(gate.state().rate, 8.0);
}

#[tokio::test]
async fn a_lost_request_gives_its_place_back_but_counts() {
    let clock = Manual::parked();
    let gate = Gate::new(clock.shared(), 1.0);
    heard(gate.pass().await, &budget(10, 3, 5.0));
    drop(gate.pass().await);
    assert_eq!(gate.state().in_flight, 0);
    assert_eq!(burst(&gate).len(), 2);
}

#[tokio::test]
async fn waiters_are_served_in_order() {
    let clock = Manual::parked();
    let gate = Gate::new(clock.shared(), 1.0);
    heard(gate.pass().await, &Signals::default());
    let order = Arc::new(Mutex::new(Vec::new()));
    let tasks: Vec<_> = (0..4)
        .map(|n| {
            let (gate, order) = (Arc::clone(&gate), Arc::clone(&order));
            tokio::spawn(async move {
                let pass = gate.pass().await;
                order.lock().unwrap().push(n);
                heard(pass, &Signals::default());
            })
        })
        .collect();
    for _ in 0..4 {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        clock.advance(Duration::from_secs(1));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3]);
}
