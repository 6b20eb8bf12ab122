#!/usr/bin/env bash
# Each line is one command of `limbeck` or `todo`, which LIMBECK and TODO may name otherwise.
set -euo pipefail
cd "$(dirname "$0")/.."

limbeck=${LIMBECK:-limbeck}
todo=${TODO:-todo}

case "${1:-}" in
    create)
        echo "Creating new migration: ${2:?"a name for it"}"
        $limbeck revision --autogenerate -m "$2"
        ;;
    upgrade)
        echo "Upgrading database to head"
        $limbeck upgrade head
        ;;
    downgrade)
        echo "Downgrading database by 1 revision"
        $limbeck downgrade -1
        ;;
    history)
        echo "Migration history:"
        $limbeck history
        ;;
    current)
        echo "Current database version:"
        $limbeck current
        ;;
    seed)
        echo "Seeding test data"
        $todo seed
        ;;
    reset)
        $todo reset
        ;;
    *)
        echo "Usage: $0 {create|upgrade|downgrade|history|current|seed|reset}"
        exit 1
        ;;
esac
