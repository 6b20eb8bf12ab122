-- What stands beyond the tables of the rental: domains and types under them, the rest on them.
CREATE DOMAIN release AS integer CONSTRAINT release_year CHECK (VALUE BETWEEN 1901 AND 2155);
CREATE DOMAIN "Bag of words" AS text COLLATE "C" DEFAULT '' NOT NULL;
COMMENT ON DOMAIN release IS 'a year in which films were made';
CREATE TYPE dimensions AS (width integer, "Height" numeric(4,1), unit varchar(10) COLLATE "C");
CREATE TYPE price_span AS RANGE (subtype = numeric);
CREATE FUNCTION is_fair(price numeric) RETURNS boolean IMMUTABLE STRICT LANGUAGE sql AS $$ SELECT price < 100 $$;
CREATE TABLE reissue (film_id integer PRIMARY KEY REFERENCES film, year release NOT NULL DEFAULT 1999, words "Bag of words", years release[], box dimensions, prices price_span, price numeric CONSTRAINT fair CHECK (is_fair(price)));
CREATE VIEW film_list AS SELECT f.film_id AS fid, f.title, c.name AS category, f.rental_rate AS price, f.length, f.rating
    FROM film f LEFT JOIN film_category fc ON fc.film_id = f.film_id LEFT JOIN category c ON c.category_id = fc.category_id;
CREATE VIEW nicer_film_list WITH (security_barrier = true) AS SELECT fid, upper(title) AS title FROM film_list WHERE price < 5 WITH LOCAL CHECK OPTION;
CREATE MATERIALIZED VIEW sales_by_film AS SELECT title, count(*) AS copies FROM film_list GROUP BY title;
CREATE UNIQUE INDEX sales_by_film_title ON sales_by_film (title);
COMMENT ON MATERIALIZED VIEW sales_by_film IS 'refreshed at night';
CREATE RECURSIVE VIEW category_path (category_id, path) AS SELECT category_id, name::text FROM category WHERE parent_id IS NULL
    UNION ALL SELECT c.category_id, p.path || '/' || c.name FROM category c JOIN category_path p ON p.category_id = c.parent_id;
CREATE FUNCTION last_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.last_update = CURRENT_TIMESTAMP;
    RETURN NEW;
END $$;
CREATE FUNCTION film_in_stock(p_film_id integer, OUT p_count bigint) LANGUAGE sql STABLE AS $$ SELECT count(*) FROM inventory WHERE film_id = p_film_id $$;
CREATE FUNCTION rewards(minimum numeric DEFAULT 10) RETURNS SETOF customer LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$ SELECT * FROM customer $$;
REVOKE ALL ON FUNCTION rewards(numeric) FROM PUBLIC;
CREATE PROCEDURE close_store(INOUT store uuid) LANGUAGE plpgsql AS $$ BEGIN DELETE FROM inventory WHERE store_id = store; END $$;
CREATE TRIGGER last_updated BEFORE UPDATE ON film FOR EACH ROW EXECUTE FUNCTION last_updated();
CREATE TRIGGER "of price" AFTER UPDATE OF rental_rate, replacement_cost ON film FOR EACH ROW WHEN (OLD.rental_rate IS DISTINCT FROM NEW.rental_rate) EXECUTE FUNCTION last_updated();
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON rental DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION last_updated();
ALTER TABLE film DISABLE TRIGGER "of price";
CREATE RULE no_delete AS ON DELETE TO nicer_film_list DO INSTEAD NOTHING;
ALTER TABLE customer ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON customer AS PERMISSIVE FOR SELECT USING (email = CURRENT_USER);
CREATE POLICY paying ON customer AS RESTRICTIVE USING (EXISTS (SELECT FROM payment WHERE payment.amount > 0)) WITH CHECK ("order" >= 0);
CREATE STATISTICS film_lengths (dependencies, ndistinct) ON length, rating FROM film;
