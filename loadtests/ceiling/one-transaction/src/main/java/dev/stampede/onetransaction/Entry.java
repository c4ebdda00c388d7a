package dev.stampede.onetransaction;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import java.time.Instant;
import java.util.UUID;

/** One movement of points. Its key can be used once. */
@Entity
@IdClass(Entry.Key.class)
class Entry {
    record Key(String program, String account, String key) {}

    @Id
    String program;

    @Id
    String account;

    @Id
    String key;

    UUID id;
    String type;
    long points;
    String fingerprint;
    String reference;

    @Column(name = "available_after")
    long availableAfter;

    long version;

    @Column(name = "created_at")
    Instant createdAt;
}
