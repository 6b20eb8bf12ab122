use limbeck::{Enum, Table};

#[derive(Table)]
struct Pair(i32, i32);

#[derive(Table)]
struct Generic<T> {
    id: T,
}

#[derive(Table)]
enum Choice {
    One,
}

#[derive(Enum)]
struct Value {
    id: i32,
}

#[derive(Enum)]
enum Shape {
    Circle(f64),
}

#[derive(Enum)]
enum Empty {}

fn main() {}
