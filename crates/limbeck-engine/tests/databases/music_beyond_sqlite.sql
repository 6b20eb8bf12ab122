-- What stands beyond the tables of the music shop on SQLite.
CREATE VIEW album_length AS SELECT album.album_id, title, sum(milliseconds) AS milliseconds FROM album, track WHERE track.album_id = album.album_id GROUP BY album.album_id;
CREATE VIEW long_albums AS SELECT * FROM album_length WHERE milliseconds > 3600000;
CREATE TRIGGER invoice_total AFTER INSERT ON invoice_line FOR EACH ROW WHEN NEW.quantity > 0 BEGIN
    UPDATE invoice SET total = total + NEW.unit_price * NEW.quantity WHERE invoice_id = NEW.invoice_id;
END;
CREATE TRIGGER rename_album INSTEAD OF UPDATE OF title ON album_length BEGIN
    UPDATE album SET title = NEW.title WHERE album_id = OLD.album_id;
END;
CREATE VIRTUAL TABLE album_search USING fts5 (title);
