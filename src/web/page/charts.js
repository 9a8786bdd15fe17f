// SPDX-License-Identifier: Apache-2.0
// The two charts. Their canvases are images to a screen reader, with a sentence as their text; the table below has the
// same numbers. Names are drawn as pixels, so nothing in them can be markup.

export const MAX_BARS = 10;
const MAX_POINTS = 300;
const MAX_LABEL = 24;

function color(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }

function cut(text) {
  const letters = Array.from(text);
  return letters.length > MAX_LABEL ? letters.slice(0, MAX_LABEL - 1).join('') + '…' : text;
}

function axis(format, shown) {
  return {
    beginAtZero: true, grid: {display: shown, color: color('--line')}, border: {display: false},
    ticks: {color: color('--quiet'), maxTicksLimit: 6, callback: (value) => format.compact(value)},
  };
}

export class LeadersChart {
  constructor(canvas, format, words) {
    this.canvas = canvas;
    this.format = format;
    this.words = words;
    this.texts = [];
    this.names = [];
    this.chart = new Chart(canvas, {
      type: 'bar',
      data: {labels: [], datasets: [{data: [], borderRadius: 4, maxBarThickness: 22}]},
      options: {
        indexAxis: 'y', responsive: true, maintainAspectRatio: false, animation: false,
        plugins: {
          legend: {display: false},
          tooltip: {
            callbacks: {
              title: (items) => this.names[items[0].dataIndex],
              label: (item) => this.texts[item.dataIndex],
            },
          },
        },
      },
    });
    this.recolor();
  }

  recolor() {
    this.chart.data.datasets[0].backgroundColor = color('--accent');
    this.chart.options.scales = {
      x: axis(this.format, true),
      y: {grid: {display: false}, ticks: {color: color('--text'), autoSkip: false}},
    };
    this.chart.update();
  }

  // `top`: {name, digits} with the greatest first.
  show(top) {
    this.names = top.map((row) => row.name);
    this.texts = top.map((row) => this.format.amount(row.digits));
    this.chart.data.labels = top.map((row) => cut(row.name));
    this.chart.data.datasets[0].data = top.map((row) => Number(row.digits));  // as precise as pixels are
    this.chart.update();
    this.canvas.setAttribute('aria-label', top.length ? this.words.leaders_summary(this.names[0], this.texts[0])
                                                      : this.words.no_rows);
  }
}

export class RateChart {
  constructor(canvas, format, words) {
    this.canvas = canvas;
    this.format = format;
    this.words = words;
    this.points = [];
    this.chart = new Chart(canvas, {
      type: 'line',
      data: {datasets: [{data: [], fill: true, borderWidth: 2, pointRadius: 0, tension: 0.25}]},
      options: {
        responsive: true, maintainAspectRatio: false, animation: false, parsing: false, normalized: true,
        interaction: {mode: 'nearest', axis: 'x', intersect: false},
        plugins: {
          legend: {display: false},
          tooltip: {
            displayColors: false,
            callbacks: {
              title: (items) => format.timeOfDay(items[0].parsed.x),
              label: (item) => `${format.rate(item.parsed.y)}/s`,
            },
          },
        },
      },
    });
    this.recolor();
  }

  recolor() {
    const data = this.chart.data.datasets[0];
    data.borderColor = color('--accent');
    data.backgroundColor = color('--accent-soft');
    this.chart.options.scales = {
      x: {
        type: 'linear', grid: {display: false},
        ticks: {
          color: color('--quiet'), maxTicksLimit: 5, maxRotation: 0,
          callback: (value) => this.format.timeOfDay(value),
        },
      },
      y: axis(this.format, true),
    };
    this.chart.update();
  }

  // `points`: [milliseconds, orders per second], oldest first; those that it has already are left out.
  add(points) {
    const last = this.points.length ? this.points[this.points.length - 1].x : 0;
    for (const [x, y] of points) if (x > last) this.points.push({x, y});
    this.points = this.points.slice(-MAX_POINTS);
    if (!this.points.length) return;
    this.chart.data.datasets[0].data = this.points;
    const scale = this.chart.options.scales.x;
    scale.max = this.points[this.points.length - 1].x;
    scale.min = Math.min(this.points[0].x, scale.max - 60000);
    this.chart.update();
    const most = Math.max(...this.points.map((point) => point.y));
    const now = this.points[this.points.length - 1].y;
    this.canvas.setAttribute('aria-label', this.words.rate_summary(this.format.rate(now), this.format.rate(most)));
  }
}
