//! Requests per second as a picture and as CSV. The picture carries no text: main is blue, the
//! fallback orange, the outage grey; a grid line is a minute across and a tenth of the peak up.

use std::{
    error::Error,
    path::{Path, PathBuf},
};

use plotters::prelude::*;

use crate::population::Timeline;

/// Requests per second from one grid line to the next.
pub(crate) fn step(counts: &[Vec<u64>; 2]) -> f64 {
    counts.iter().flatten().copied().max().unwrap_or(1).max(1) as f64 / 10.0
}

pub(crate) fn write(
    folder: &Path,
    name: &str,
    counts: &[Vec<u64>; 2],
    timeline: Timeline,
) -> Result<PathBuf, Box<dyn Error>> {
    std::fs::create_dir_all(folder)?;
    let mut table = String::from("second,main,fallback\n");
    for (second, (main, fallback)) in counts[0].iter().zip(&counts[1]).enumerate() {
        table.push_str(&format!("{second},{main},{fallback}\n"));
    }
    std::fs::write(folder.join(format!("{name}.csv")), table)?;

    let path = folder.join(format!("{name}.png"));
    let step = step(counts);
    let peak = step * 10.0;
    let area = BitMapBackend::new(&path, (1200, 500)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .margin(10)
        .build_cartesian_2d(0.0..timeline.end as f64, 0.0..peak * 1.05)?;
    chart.draw_series([Rectangle::new(
        [
            (timeline.outage as f64, 0.0),
            (timeline.recovery as f64, peak * 1.05),
        ],
        RGBColor(235, 235, 235).filled(),
    )])?;
    let grid = RGBColor(210, 210, 210);
    for minute in 0..=timeline.end / 60 {
        let x = (minute * 60) as f64;
        chart.draw_series(LineSeries::new([(x, 0.0), (x, peak * 1.05)], &grid))?;
    }
    for tenth in 0..=10 {
        let y = step * f64::from(tenth);
        chart.draw_series(LineSeries::new([(0.0, y), (timeline.end as f64, y)], &grid))?;
    }
    for (route, colour) in counts
        .iter()
        .zip([RGBColor(30, 90, 200), RGBColor(230, 120, 20)])
    {
        let line = route.iter().take(timeline.end as usize).enumerate();
        let line = line.map(|(second, count)| (second as f64, *count as f64));
        chart.draw_series(LineSeries::new(line, &colour))?;
    }
    area.present()?;
    drop(chart);
    drop(area);
    Ok(path)
}
