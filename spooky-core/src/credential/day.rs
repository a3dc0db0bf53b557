//! UTC days: what credentials expire by and dates of birth are written in. The calendar is the
//! proleptic Gregorian one; a day is a number of days since 1970-01-01.

use crate::Error;

const SECONDS: u64 = 86_400;

/// A UTC day from 0001-01-01 to 9999-12-31.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

impl Day {
    const FIRST: i32 = -719_162;
    const LAST: i32 = 2_932_896;

    /// The day of this many days since 1970-01-01.
    ///
    /// # Errors
    /// [`Error::Malformed`] outside the years 1 to 9999.
    pub fn from_number(days: i64) -> Result<Self, Error> {
        i32::try_from(days)
            .ok()
            .filter(|days| (Self::FIRST..=Self::LAST).contains(days))
            .map(Self)
            .ok_or(Error::Malformed("day"))
    }

    /// The day of a time in seconds since 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// [`Error::Malformed`] beyond the year 9999.
    pub fn of_unix_time(seconds: u64) -> Result<Self, Error> {
        let days = i64::try_from(seconds / SECONDS).map_err(|_| Error::Malformed("day"))?;
        Self::from_number(days)
    }

    /// The day of a date.
    ///
    /// # Errors
    /// [`Error::Malformed`] for a date that there is not.
    pub fn from_date(year: u16, month: u8, day: u8) -> Result<Self, Error> {
        let known = (1..=9999).contains(&year) && (1..=12).contains(&month);
        if !known || day == 0 || day > days_of_month(year, month) {
            return Err(Error::Malformed("day"));
        }
        // Days from 0000-03-01, counting years from March.
        let (year, month) = (i64::from(year), i64::from(month));
        let year = if month > 2 { year } else { year - 1 };
        let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(day) - 1;
        let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year;
        Self::from_number(days - 719_468)
    }

    /// Reads `YYYY-MM-DD`.
    ///
    /// # Errors
    /// [`Error::Malformed`] for another form and for a date that there is not.
    ///
    /// ```
    /// use spooky_core::credential::Day;
    /// let day = Day::parse("2026-11-30")?;
    /// assert_eq!(day.to_string(), "2026-11-30");
    /// assert!(Day::parse("2026-02-29").is_err());
    /// # Ok::<(), spooky_core::Error>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, Error> {
        const WHAT: Error = Error::Malformed("day");
        let bytes: &[u8; 10] = text.as_bytes().try_into().map_err(|_| WHAT)?;
        let digits = |range: core::ops::Range<usize>| {
            bytes[range].iter().try_fold(0u16, |value, byte| {
                byte.is_ascii_digit()
                    .then(|| value * 10 + u16::from(byte - b'0'))
                    .ok_or(WHAT)
            })
        };
        if bytes[4] != b'-' || bytes[7] != b'-' {
            return Err(WHAT);
        }
        let small = |value: u16| u8::try_from(value).map_err(|_| WHAT);
        Self::from_date(digits(0..4)?, small(digits(5..7)?)?, small(digits(8..10)?)?)
    }

    /// Days since 1970-01-01.
    pub fn number(self) -> i32 {
        self.0
    }

    /// Year, month, day.
    pub fn date(self) -> (u16, u8, u8) {
        let days = i64::from(self.0) + 719_468;
        let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = (month_from_march + 2) % 12 + 1;
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        let byte = |value: i64| u8::try_from(value).unwrap_or_default();
        let year = u16::try_from(year).unwrap_or_default();
        (year, byte(month), byte(day))
    }

    /// This many days later.
    ///
    /// # Errors
    /// [`Error::Malformed`] beyond the year 9999.
    pub fn plus_days(self, days: u16) -> Result<Self, Error> {
        Self::from_number(i64::from(self.0) + i64::from(days))
    }

    /// This many days earlier.
    ///
    /// # Errors
    /// [`Error::Malformed`] before the year 1.
    pub fn minus_days(self, days: u16) -> Result<Self, Error> {
        Self::from_number(i64::from(self.0) - i64::from(days))
    }

    /// Whether somebody born on this day has reached `years` on the day `on`. Who was born on a 29
    /// February grows older on the 1 March of years without one.
    ///
    /// ```
    /// use spooky_core::credential::Day;
    /// let born = Day::parse("2004-02-29")?;
    /// assert!(!born.reaches_age(21, Day::parse("2025-02-28")?));
    /// assert!(born.reaches_age(21, Day::parse("2025-03-01")?));
    /// # Ok::<(), spooky_core::Error>(())
    /// ```
    pub fn reaches_age(self, years: u8, on: Self) -> bool {
        let (year, month, day) = self.date();
        let (on_year, on_month, on_day) = on.date();
        (year + u16::from(years), month, day) <= (on_year, on_month, on_day)
    }
}

impl core::fmt::Display for Day {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (year, month, day) = self.date();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

fn days_of_month(year: u16, month: u8) -> u8 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_10_000_years_has_one_date() -> Result<(), Error> {
        let mut number = Day::FIRST;
        for year in 1..=9999 {
            for month in 1..=12 {
                for day in 1..=days_of_month(year, month) {
                    let made = Day::from_date(year, month, day)?;
                    assert_eq!((made.number(), made.date()), (number, (year, month, day)));
                    number += 1;
                }
            }
        }
        assert_eq!(number - 1, Day::LAST);
        assert!(Day::from_number(i64::from(number)).is_err());
        assert_eq!(Day::of_unix_time(1_795_000_000)?.to_string(), "2026-11-18");
        assert_eq!(Day::of_unix_time(0)?.to_string(), "1970-01-01");
        Ok(())
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "2026-11-3",
            "2026-1-030",
            "2026/11/30",
            "+026-11-30",
            "2026-00-10",
            "2026-13-01",
            "2026-04-31",
            "1900-02-29",
            "0000-01-01",
            "2026-11-30 ",
            "２026-11",
        ] {
            assert!(Day::parse(text).is_err(), "{text}");
        }
    }
}
