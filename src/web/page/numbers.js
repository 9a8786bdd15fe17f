// SPDX-License-Identifier: Apache-2.0
// Numbers, dates and amounts in the reader's form. Amounts come as strings of digits and stay that: JavaScript's own
// numbers are doubles and would lose digits.

export class Format {
  constructor(locale) {
    this.locale = locale;
    const parts = new Intl.NumberFormat(locale).formatToParts(1234567.8);
    this.group = parts.find((part) => part.type === 'group')?.value ?? '';
    this.decimal = parts.find((part) => part.type === 'decimal').value;
    this.whole = new Intl.NumberFormat(locale, {maximumFractionDigits: 0});
    this.short = new Intl.NumberFormat(locale, {notation: 'compact', maximumFractionDigits: 1});
    this.moment = new Intl.DateTimeFormat(locale, {dateStyle: 'medium', timeStyle: 'medium'});
    this.clock = new Intl.DateTimeFormat(locale, {timeStyle: 'medium'});
  }

  // "-1234567.89" → "-1.234.567,89" in Brazil.
  amount(digits) {
    const [, sign, whole, fraction] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(digits);
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, this.group);
    return sign + grouped + (fraction === undefined ? '' : this.decimal + fraction);
  }

  count(n) { return this.whole.format(n); }
  compact(n) { return this.short.format(n); }

  rate(perSecond) {
    const digits = perSecond > 0 && perSecond < 10 ? 1 : 0;
    return new Intl.NumberFormat(this.locale, {maximumFractionDigits: digits}).format(perSecond);
  }

  time(ms) { return this.moment.format(new Date(ms)); }
  timeOfDay(ms) { return this.clock.format(new Date(ms)); }

  // 4.2 s, 3 min 7 s, 2 h 3 min, 5 d 4 h: the same signs in both languages.
  duration(seconds) {
    if (seconds < 60) return `${new Intl.NumberFormat(this.locale, {maximumFractionDigits: 1}).format(seconds)} s`;
    const whole = Math.round(seconds);
    const units = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];
    const first = units.findIndex(([size]) => whole >= size);
    const [size, name] = units[first];
    const rest = Math.floor((whole % size) / units[first + 1][0]);
    return `${this.count(Math.floor(whole / size))} ${name}${rest ? ` ${rest} ${units[first + 1][1]}` : ''}`;
  }
}
