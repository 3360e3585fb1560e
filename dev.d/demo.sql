-- The sample data of ./dev demo: orders in the order they arrived, as such tables are.
CREATE TABLE orders (
    id          bigint PRIMARY KEY,
    ordered_at  timestamptz NOT NULL,
    customer_id int NOT NULL,
    country     char(2) NOT NULL,
    status      text NOT NULL,
    quantity    int NOT NULL,
    amount      numeric(12,2) NOT NULL,
    discount    numeric(4,2),
    note        text
);

CREATE PROCEDURE demo_orders_add(first bigint, last bigint) LANGUAGE sql AS $$
    INSERT INTO orders
    SELECT i,
           timestamptz '2025-01-01 00:00:00+00' + i * interval '13 seconds',
           1 + abs(hashint8(i)) % 20000,
           (ARRAY['DE', 'US', 'VN', 'FR', 'BR', 'IN', 'JP', 'NZ'])[1 + abs(hashint8(i * 3)) % 8],
           (ARRAY['paid', 'paid', 'shipped', 'shipped', 'shipped', 'delivered', 'delivered', 'returned'])
               [1 + abs(hashint8(i * 5)) % 8],
           1 + abs(hashint8(i * 7)) % 50,
           round((5 + abs(hashint8(i * 11)) % 100000 / 100.0)::numeric, 2),
           CASE WHEN i % 3 > 0 THEN round((abs(hashint8(i * 13)) % 51 / 100.0)::numeric, 2) END,
           'order ' || md5(i::text) || ' ' || repeat(md5((i * 17)::text), 2)
    FROM generate_series(first, last) i
$$;
