package dev.stampede.account;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The receipt that an earn is for, in a program where each counts once.
 *
 * @param kind among which names it is unique: it has no spaces
 * @param name of the receipt
 * @param usedBy the operation that has it already, because of which this one is declined; null if none is known
 */
public record Unique(String kind, String name, @Nullable UUID usedBy) {
    public Unique {
        if (kind.isEmpty() || kind.indexOf(' ') >= 0) {
            throw new IllegalArgumentException("not a kind");
        }
    }

    /** The same, used by that operation; null for none. */
    Unique by(@Nullable UUID operation) {
        return new Unique(kind, name, operation);
    }

    String text() {
        return kind + ' ' + name;
    }

    /** @throws IllegalArgumentException if it was not written by {@link #text} */
    static Unique of(String text, @Nullable UUID usedBy) {
        int space = text.indexOf(' ');
        return new Unique(text.substring(0, Math.max(0, space)), text.substring(space + 1), usedBy);
    }
}
