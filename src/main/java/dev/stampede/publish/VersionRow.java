package dev.stampede.publish;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.time.Instant;
import org.hibernate.annotations.Immutable;
import org.jspecify.annotations.Nullable;

/** A version of a program as the database has it; the migration describes the columns. */
@Entity
@Immutable
@Table(name = "program_version")
@IdClass(VersionRow.Key.class)
class VersionRow {
    record Key(String program, int version) implements Serializable {}

    @Id
    String program;

    @Id
    int version;

    String document;

    @Column(name = "effective_from")
    Instant effectiveFrom;

    @Nullable
    Integer corrects;

    @Nullable
    String reason;

    @Column(name = "published_at")
    Instant publishedAt;

    @Column(name = "published_by")
    @Nullable
    String publishedBy;
}
