//! A shorter story that goes wrong in the same way: steps, then changes, then messages are dropped
//! one after the other, as long as the fault stays.

use super::play::Wrong;
use super::story::{Act, Story};

/// The shortest story that was found within so many attempts, and what is wrong with it.
pub(super) fn shrink(
    play: super::Play,
    story: &Story,
    wrong: &Wrong,
    attempts: u64,
) -> Option<(Story, Wrong)> {
    let mut shrinker = Shrinker {
        play,
        story: story.clone(),
        wrong: wrong.clone(),
        attempts,
        found: false,
    };
    shrinker.steps();
    shrinker.messages();
    shrinker.details();
    shrinker.found.then_some((shrinker.story, shrinker.wrong))
}

struct Shrinker {
    play: super::Play,
    story: Story,
    wrong: Wrong,
    attempts: u64,
    found: bool,
}

impl Shrinker {
    /// Keeps a shorter story if it goes wrong in the same way.
    fn accept(&mut self, shorter: Story) -> bool {
        if self.attempts == 0 {
            return false;
        }
        self.attempts -= 1;
        match (self.play)(&shorter) {
            Err(wrong) if wrong.kind() == self.wrong.kind() => {
                self.story = shorter;
                self.wrong = wrong;
                self.found = true;
                true
            }
            _ => false,
        }
    }

    fn steps(&mut self) {
        let mut place = self.story.steps.len();
        while place > 1 {
            place -= 1;
            if place >= self.story.steps.len() {
                continue;
            }
            let mut shorter = self.story.clone();
            shorter.steps.remove(place);
            self.accept(shorter);
        }
        // The first step too, which makes the next one the first.
        while self.story.steps.len() > 1 {
            let mut shorter = self.story.clone();
            shorter.steps.remove(0);
            if !self.accept(shorter) {
                break;
            }
        }
    }

    /// Runs of messages, from halves down to single ones.
    fn messages(&mut self) {
        let all = self.story.conversation.messages.len();
        let mut size = all.div_ceil(2);
        while size > 0 && self.attempts > 0 {
            let mut from = 0;
            while from < all && self.attempts > 0 {
                let mut shorter = self.story.clone();
                shorter.dropped.extend(from..(from + size).min(all));
                let is_shorter = shorter.dropped.len() > self.story.dropped.len();
                if is_shorter && shorter.length() > 0 {
                    self.accept(shorter);
                }
                from += size;
            }
            size /= 2;
        }
    }

    /// Changes, names and the peculiarities of archives.
    fn details(&mut self) {
        for place in 0..self.story.steps.len() {
            let mut change = 0;
            while change < self.story.steps[place].changes.len() {
                let mut shorter = self.story.clone();
                shorter.steps[place].changes.remove(change);
                if !self.accept(shorter) {
                    change += 1;
                }
            }
            let mut shorter = self.story.clone();
            if shorter.steps[place].renamed.take().is_some() {
                self.accept(shorter);
            }
            for plain in PLAINER {
                let mut shorter = self.story.clone();
                if let Act::Archive { taken, .. } = &mut shorter.steps[place].act {
                    let before = format!("{taken:?}");
                    plain(taken);
                    if before != format!("{taken:?}") {
                        self.accept(shorter);
                    }
                }
            }
        }
    }
}

const PLAINER: [fn(&mut super::story::Taken); 6] = [
    |taken| taken.jitter = None,
    |taken| taken.german = false,
    |taken| taken.newest = None,
    |taken| taken.ahead = 0,
    |taken| taken.media = true,
    |taken| taken.numbering = 0,
];
