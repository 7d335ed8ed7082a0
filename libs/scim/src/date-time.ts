const DATE_TIME =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))?$/;
const SECONDS = 'YYYY-MM-DDTHH:MM:SS'.length;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/**
 * The instant an xsd:dateTime names (RFC 7643 §2.3.5), as text that sorts: UTC without a zone,
 * `2011-05-13T04:42:34` or, with a fraction of any length, `2011-05-13T04:42:34.1234567` without
 * trailing zeros. Equal texts are equal instants, and code point order is order in time. A dateTime
 * without a zone is UTC.
 * @returns undefined for anything that is not an instant of the years 0000 to 9999
 */
export function dateTimeKey(text: string): string | undefined {
  const match = DATE_TIME.exec(text);
  if (match === null) return undefined;
  const [, years, months, days, hours, minutes, seconds, digits, sign, zoneHours, zoneMinutes] =
    match;
  const year = Number(years);
  const month = Number(months);
  const day = Number(days);
  const hour = Number(hours);
  const minute = Number(minutes);
  const second = Number(seconds);
  const fraction = withoutTrailingZeros(digits);
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return undefined;
  if (hour > 24 || minute > 59 || second > 59) return undefined;
  // 24:00:00 is the end of the day, and nothing comes after it.
  if (hour === 24 && (minute > 0 || second > 0 || fraction !== '')) return undefined;
  const offset = Number(zoneHours ?? 0) * 60 + Number(zoneMinutes ?? 0);
  if (Number(zoneMinutes ?? 0) > 59 || offset > 14 * 60) return undefined;
  if (offset === 0 && hour < 24) {
    const whole = text.slice(0, SECONDS);
    return text[10] === 'T' ? whole + fraction : whole.toUpperCase() + fraction;
  }
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute + (sign === '-' ? offset : -offset), second);
  const shifted = date.getUTCFullYear();
  if (shifted < 0 || shifted > 9999) return undefined;
  return date.toISOString().slice(0, SECONDS) + fraction;
}

function daysOf(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && leap ? 29 : (MONTH_DAYS[month - 1] ?? 0);
}

/** A loop, because `/0+$/` takes quadratic time on long runs of zeros. */
function withoutTrailingZeros(digits: string | undefined): string {
  if (digits === undefined) return '';
  let end = digits.length;
  while (end > 0 && digits.charCodeAt(end - 1) === 0x30) end -= 1;
  return end === 0 ? '' : `.${digits.slice(0, end)}`;
}
