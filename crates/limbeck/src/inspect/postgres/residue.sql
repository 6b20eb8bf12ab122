SELECT 'a', 'b';
