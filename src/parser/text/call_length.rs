//! The length of a call as WhatsApp writes it: `2 min`, `1 hr 5 min`.
//!
//! Never here: the words of calls, and what else follows them, which are in the files of `words/`.

/// Units of time as phones abbreviate them, folded and without a full stop, and what counts the people of a group call.
#[rustfmt::skip]
const UNITS: &[&str] = &[
    "s", "sec", "secs", "second", "seconds", "sek", "sekunde", "sekunden", "sekund", "sekunder", "sekundy", "seg",
    "segs", "segundo", "segundos", "segon", "segons", "sn", "saniye", "secondo", "secondi", "seconde", "secondes",
    "seconden", "secunde", "dtk", "detik", "saat", "giây", "mp", "másodperc", "sekuntia",
    "m", "min", "mins", "minute", "minutes", "minuten", "minuto", "minutos", "minuti", "minuter", "minutter", "minut",
    "minuta", "minuty", "minuut", "minuuttia", "mnt", "menit", "minit", "dk", "dak", "dakika", "perc", "phút",
    "h", "hr", "hrs", "hour", "hours", "std", "stunde", "stunden", "hora", "horas", "ora", "ore", "heure", "heures",
    "uur", "tim", "timme", "timmar", "timer", "godz", "hod", "jam", "sa", "giờ", "óra", "tuntia",
    "с", "сек", "секунд", "секунда", "секунды", "мин", "минут", "минута", "минуты", "ч", "час", "часа", "часов",
    "хв", "год", "δ", "δευτ", "δευτερόλεπτα", "λ", "λεπ", "λεπτό", "λεπτά", "ώ", "ώρα", "ώρες",
    "שנ'", "שנ׳", "שניות", "דק'", "דק׳", "דקות", "שע'", "שע׳", "שעות",
    "ث", "ثانية", "ثوان", "ثوانٍ", "د", "دقيقة", "دقائق", "س", "ساعة", "ساعات", "ثانیه", "دقیقه", "ساعت",
    "سیکنڈ", "منٹ", "گھنٹہ", "گھنٹے",
    "सेकंड", "सेकंद", "मिनट", "मिनिट", "मिनिटे", "घंटा", "घंटे", "तास", "सेकेंड", "সেকেন্ড", "মিনিট", "ঘন্টা", "ঘণ্টা",
    "સેકંડ", "મિનિટ", "કલાક", "วินาที", "นาที", "ชั่วโมง", "ชม",
    "秒", "秒钟", "秒鐘", "分", "分钟", "分鐘", "时", "小时", "小時", "時間", "초", "분", "시간",
    "joined", "invited",
];

/// Units of languages that write them before the number.
const BEFORE_NUMBER: [&str; 2] = ["dak", "sek"];

/// The most numbers of a length: hours, minutes and seconds.
const MOST_NUMBERS: usize = 3;

/// Digits of a number of a length.
const LONGEST_NUMBER: usize = 4;

/// Whether a folded text is nothing but numbers with a unit of time each.
pub(super) fn is_call_length(text: &str) -> bool {
    let parts: Vec<&str> = (text.split([' ', '.', ',', '\u{60c}']))
        .flat_map(runs)
        .collect();
    let (pairs, rest) = parts.as_chunks::<2>();
    !pairs.is_empty() && rest.is_empty() && pairs.len() <= MOST_NUMBERS && pairs.iter().all(is_pair)
}

fn is_pair([one, other]: &[&str; 2]) -> bool {
    let is_number =
        |text: &str| text.chars().all(char::is_numeric) && text.chars().count() <= LONGEST_NUMBER;
    (is_number(one) && UNITS.contains(other)) || (BEFORE_NUMBER.contains(one) && is_number(other))
}

/// The runs of digits and of other characters: `2` and `分` of `2分`.
fn runs(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let is_number = rest.chars().next()?.is_numeric();
        let end = rest.find(|c: char| c.is_numeric() != is_number);
        let (run, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after;
        Some(run)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_numbers_with_units() {
        for text in [
            "2 min",
            "15 s",
            "1 hr 5 min",
            "1 ч 5 мин",
            "5 mnt",
            "dak 4",
            "2 分",
            "1시간 5분",
            "2 min.",
            "1 h, 5 min",
            "\u{664} \u{62f}\u{642}\u{627}\u{626}\u{642}",
        ] {
            assert!(is_call_length(text), "{text}");
        }
        for text in [
            "",
            "2",
            "min",
            "2 min is all i need",
            "10115 berlin",
            "12 uhr",
            "um 10",
            "40 chairs",
            "10115 min",
            "jam 10",
            "minutes 2",
        ] {
            assert!(!is_call_length(text), "{text}");
        }
    }
}
