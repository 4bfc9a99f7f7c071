//! Bars of messages by month, or by year where there are many months, and their growth.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::text::{counted, grouped};
use crate::app::Month;

/// More months are summed up by year.
const MOST_BARS: usize = 120;
/// The height of the tallest bar.
const HEIGHT: f64 = 110.0;
const BASE: f64 = 120.0;

/// A chart; coordinates are written as text, since templates escape and never calculate.
#[derive(Default)]
pub(super) struct Chart {
    pub(super) unit: &'static str,
    pub(super) summary: String,
    pub(super) title: String,
    pub(super) width: usize,
    pub(super) bars: Vec<Bar>,
    pub(super) labels: Vec<Label>,
    /// The points of the growth.
    pub(super) growth: String,
    pub(super) growth_title: String,
}

pub(super) struct Bar {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) x: String,
    pub(super) y: String,
    pub(super) width: String,
    pub(super) height: String,
    pub(super) messages: String,
    pub(super) in_close: String,
    /// Messages a day.
    pub(super) rate: String,
    pub(super) total: String,
}

pub(super) struct Label {
    pub(super) x: String,
    pub(super) text: String,
}

/// Messages of a month or year.
#[derive(Default, Clone, Copy)]
struct Period {
    messages: u64,
    in_close: u64,
    days: u64,
}

impl Chart {
    pub(super) fn of(months: &[Month]) -> Chart {
        let by_year = span(months) > MOST_BARS;
        let mut periods: BTreeMap<(i32, u32), Period> = BTreeMap::new();
        for month in months {
            let key = (month.year, if by_year { 0 } else { month.month });
            let period = periods.entry(key).or_default();
            period.messages += month.messages;
            period.in_close += month.in_close;
            period.days += days(month);
        }
        fill(&mut periods, by_year);
        let most = periods.values().map(|period| period.messages).max();
        let Some(most) = most.filter(|most| *most > 0) else {
            return Chart::default();
        };
        let step = (720 / periods.len()).clamp(6, 60);
        let width = step * periods.len();
        let all: u64 = periods.values().map(|period| period.messages).sum();
        let mut chart = Chart {
            unit: if by_year { "Year" } else { "Month" },
            width,
            ..Chart::default()
        };
        let (mut total, mut points) = (0, vec![format!("0,{BASE}")]);
        let every = periods.len().div_ceil((width / 60).max(1));
        for (at, ((year, month), period)) in periods.iter().enumerate() {
            let name = match month {
                0 => year.to_string(),
                month => format!("{year}-{month:02}"),
            };
            total += period.messages;
            let height = period.messages as f64 / most as f64 * HEIGHT;
            if at.is_multiple_of(every) {
                chart.labels.push(Label {
                    x: (at * step).to_string(),
                    text: name.clone(),
                });
            }
            let grown = total as f64 / all as f64 * HEIGHT;
            points.push(format!("{},{:.1}", (at + 1) * step, BASE - grown));
            chart.bars.push(Bar {
                title: format!("{name}: {}", counted(period.messages, "message")),
                name,
                x: (at * step).to_string(),
                y: format!("{:.1}", BASE - height),
                width: (step - 2).to_string(),
                height: format!("{height:.1}"),
                messages: grouped(period.messages),
                in_close: grouped(period.in_close),
                rate: format!("{:.1}", period.messages as f64 / period.days.max(1) as f64),
                total: grouped(total),
            });
        }
        let unit = if by_year { "year" } else { "month" };
        let used = periods.values().filter(|period| period.messages > 0);
        let used = counted(used.count() as u64, unit);
        chart.growth = points.join(" ");
        chart.title = format!("Messages that belong in Close, by {unit}");
        chart.growth_title = format!(
            "The sum of these messages, from 0 to {} over {}",
            grouped(all),
            counted(chart.bars.len() as u64, unit)
        );
        chart.summary = format!(
            "{} in {used}; the most in one {unit}: {}. A {unit} without a message has no bar.",
            counted(all, "message"),
            grouped(most)
        );
        chart
    }
}

/// The number of months from the first one to the last one.
fn span(months: &[Month]) -> usize {
    let index = |month: &Month| i64::from(month.year) * 12 + i64::from(month.month);
    let first = months.iter().map(index).min().unwrap_or_default();
    let last = months.iter().map(index).max().unwrap_or_default();
    usize::try_from(last - first + 1).unwrap_or(usize::MAX)
}

/// Adds the periods without a message between the first one and the last one: a gap in time is one in the chart. A gap of
/// more than [`MOST_BARS`] years, as after a wrong year, would leave nothing else to see.
fn fill(periods: &mut BTreeMap<(i32, u32), Period>, by_year: bool) {
    let (Some((first, _)), Some((last, _))) = (periods.first_key_value(), periods.last_key_value())
    else {
        return;
    };
    let ((from, _), (to, _)) = (*first, *last);
    if usize::try_from(to - from).unwrap_or(usize::MAX) > MOST_BARS {
        return;
    }
    let between = *first..=*last;
    for year in from..=to {
        let months = if by_year { 0..=0 } else { 1..=12 };
        for key in months.map(|month| (year, month)) {
            if between.contains(&key) {
                periods.entry(key).or_default();
            }
        }
    }
}

fn days(month: &Month) -> u64 {
    let first = NaiveDate::from_ymd_opt(month.year, month.month, 1);
    let next = first.and_then(|first| first.checked_add_months(chrono::Months::new(1)));
    let days = first
        .zip(next)
        .map(|(first, next)| (next - first).num_days());
    days.map_or(30, i64::unsigned_abs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(year: i32, month: u32, messages: u64) -> Month {
        Month {
            year,
            month,
            messages,
            in_close: 0,
        }
    }

    #[test]
    fn bars_have_a_title_and_a_rate() {
        let chart = Chart::of(&[month(2024, 2, 29), month(2024, 3, 58)]);
        assert_eq!(chart.bars[0].title, "2024-02: 29 messages");
        assert_eq!(chart.bars[0].rate, "1.0");
        assert_eq!(chart.bars[0].height, "55.0");
        assert_eq!(chart.bars[1].total, "87");
        assert_eq!(chart.growth, "0,120 60,83.3 120,10.0");
        assert!(Chart::of(&[]).bars.is_empty());
    }

    #[test]
    fn many_months_are_years() {
        let months: Vec<Month> = (0..121)
            .map(|n| month(2000 + n / 12, 1 + n as u32 % 12, 1))
            .collect();
        let chart = Chart::of(&months);
        assert_eq!((chart.unit, chart.bars.len()), ("Year", 11));
    }

    /// Two messages a year apart were next to each other.
    #[test]
    fn months_without_messages_take_space() {
        let chart = Chart::of(&[month(2023, 11, 3), month(2024, 2, 6)]);
        let names: Vec<&str> = chart.bars.iter().map(|bar| bar.name.as_str()).collect();
        assert_eq!(names, ["2023-11", "2023-12", "2024-01", "2024-02"]);
        let heights: Vec<&str> = chart.bars.iter().map(|bar| bar.height.as_str()).collect();
        assert_eq!(heights, ["55.0", "0.0", "0.0", "110.0"]);
        assert_eq!(chart.bars[3].x, "180");
        assert!(chart.summary.starts_with("9 messages in 2 months;"));
    }

    #[test]
    fn few_months_of_many_years_are_years() {
        let chart = Chart::of(&[month(2009, 1, 1), month(2012, 5, 1), month(2024, 2, 6)]);
        assert_eq!((chart.unit, chart.bars.len()), ("Year", 16));
    }

    #[test]
    fn wrong_year_is_not_a_chart_of_thousands_of_years() {
        let chart = Chart::of(&[month(24, 1, 1), month(2024, 2, 6)]);
        assert_eq!((chart.unit, chart.bars.len()), ("Year", 2));
    }
}
