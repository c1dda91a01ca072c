/** Orders of a shop as a REST API gives them: about 290 bytes of JSON a record. */
export const PAGE_ROWS = 1000;

const CITIES = ['Zürich', 'São Paulo', 'Oslo', 'Hanoi', 'Lagos', 'Quito', 'Perth', 'Kyoto'];
const STATES = ['placed', 'paid', 'shipped', 'delivered', 'returned'];
const TAGS = ['gift', 'express', 'b2b', 'fragile', 'preorder', 'promo'];
const CURRENCIES = ['EUR', 'USD', 'CHF', 'JPY'];
const FIRST_MS = Date.parse('2024-01-01T00:00:00Z');

/** The body of one page, numbered from 1; the same bytes each time. */
export function renderPage(page: number, pages: number): Buffer {
  const random = createRandom(page);
  const first = (page - 1) * PAGE_ROWS + 1;
  const data = Array.from({ length: PAGE_ROWS }, (_, i) => createOrder(first + i, random));
  const next = page < pages ? `/api/orders?page=${page + 1}` : null;
  return Buffer.from(JSON.stringify({ data, paging: { page, pages, next } }));
}

function createOrder(id: number, random: () => number): object {
  const below = (limit: number) => Math.floor(random() * limit);
  const one = (values: readonly string[]) => values[below(values.length)];
  const createdMs = FIRST_MS + id * 60_000 + below(60_000);
  return {
    id,
    number: `ORD-${String(id).padStart(8, '0')}`,
    customer: { id: below(50_000), name: `Customer ${below(50_000)}`, city: one(CITIES) },
    status: one(STATES),
    amount: below(1_000_000) / 100,
    currency: one(CURRENCIES),
    tags: TAGS.filter(() => random() < 0.3),
    discount: random() < 0.8 ? null : below(50),
    paid: random() < 0.9,
    created_at: new Date(createdMs).toISOString(),
    updated_at: new Date(createdMs + below(10_000_000)).toISOString(),
  };
}

/** mulberry32: small, seeded, good enough for data. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
