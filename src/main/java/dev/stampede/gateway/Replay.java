package dev.stampede.gateway;

import dev.stampede.account.Operation;
import dev.stampede.account.SealedOperation;
import dev.stampede.account.UnreadableForm;
import dev.stampede.points.Refusal;
import dev.stampede.seal.LedgerLookup;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The answer to a repeated call: the one that the first call got. */
final class Replay {
    private Replay() {}

    static Answer of(Operation.Header call, LedgerLookup found) {
        if (found.voided()) {
            return new Answer.Refused(Refusal.VOIDED, true);
        }
        SealedOperation original = Objects.requireNonNull(found.operation());
        return original.mayBeOf(call.by())
                        && sameCall(Objects.requireNonNull(call.fingerprint()), original.fingerprint())
                ? Answer.Sealed.before(original)
                : new Answer.Refused(Refusal.IDEMPOTENCY_KEY_REUSED);
    }

    /**
     * Whether two fingerprints are of the same call. Fingerprints of different formats cannot be compared; in this case
     * a retry is not refused: an earlier release may have read the same body differently.
     *
     * @throws UnreadableForm if a newer release has computed the original's fingerprint
     */
    static boolean sameCall(String fingerprint, @Nullable String original) {
        if (fingerprint.equals(original)) {
            return true;
        }
        int format = formatOf(fingerprint);
        int of = formatOf(original);
        UnreadableForm.check(of, format);
        return of < format;
    }

    /** The fingerprint's format; 0 if it has none, as before formats existed. */
    private static int formatOf(@Nullable String fingerprint) {
        if (fingerprint == null) {
            return 0;
        }
        int colon = fingerprint.indexOf(':');
        return colon < 0 ? 0 : number(fingerprint.substring(0, colon));
    }

    /** The format's number; a format that is not a number comes from a newer release. */
    private static int number(String format) {
        try {
            return Integer.parseInt(format);
        } catch (NumberFormatException e) {
            return Integer.MAX_VALUE;
        }
    }
}
