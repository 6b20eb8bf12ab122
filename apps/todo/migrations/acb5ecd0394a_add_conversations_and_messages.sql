-- Add conversations and messages
--
-- revision: acb5ecd0394a
-- parents:  3db72e433b4d
-- created:  2026-11-20T14:36:22Z

-- upgrade postgres
CREATE TYPE messagerole AS ENUM ('user', 'assistant');

CREATE TABLE conversations (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamp DEFAULT now() NOT NULL,
    updated_at timestamp DEFAULT now() NOT NULL,
    CONSTRAINT conversations_pkey PRIMARY KEY (id),
    CONSTRAINT conversations_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX ix_conversations_user_id ON conversations (user_id);

CREATE TABLE messages (
    id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    role messagerole NOT NULL,
    content text NOT NULL,
    created_at timestamp DEFAULT now() NOT NULL,
    CONSTRAINT messages_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations (id) ON DELETE CASCADE,
    CONSTRAINT messages_pkey PRIMARY KEY (id)
);
CREATE INDEX ix_messages_conversation_id ON messages (conversation_id);

-- upgrade sqlite
CREATE TABLE conversations (
    id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT conversations_pkey PRIMARY KEY (id),
    CONSTRAINT conversations_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX ix_conversations_user_id ON conversations (user_id);

CREATE TABLE messages (
    id BLOB NOT NULL,
    conversation_id BLOB NOT NULL,
    role TEXT NOT NULL CONSTRAINT messagerole CHECK (role IN ('user', 'assistant')),
    content TEXT NOT NULL,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT messages_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations (id) ON DELETE CASCADE,
    CONSTRAINT messages_pkey PRIMARY KEY (id)
);
CREATE INDEX ix_messages_conversation_id ON messages (conversation_id);

-- downgrade postgres
-- loses: messages
DROP TABLE messages;
-- loses: conversations
DROP TABLE conversations;
DROP TYPE messagerole;

-- downgrade sqlite
-- loses: messages
DROP TABLE messages;
-- loses: conversations
DROP TABLE conversations;
