package dev.stampede.http.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.stampede.http.problem.ProblemException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

/** A body is read, or refused as the caller's mistake, and what was read is what the call's fingerprint is made of. */
@Tag("long")
class BodyFuzz {
    private static final List<BodyReader<?>> READERS = new ArrayList<>();

    @BeforeAll
    static void find() throws ClassNotFoundException {
        for (String request : List.of(
                "earn.EarnResource$EarnRequest",
                "redeem.RedeemResource$RedeemRequest",
                "balance.AccountResource$EnrolRequest",
                "reverse.ReverseResource$ReverseRequest",
                "quote.QuoteResource$QuoteRequest",
                "keys.KeyResource$KeyRequest")) {
            READERS.add(BodyReader.of(Class.forName("dev.stampede." + request, false, BodyFuzz.class.getClassLoader())
                    .asSubclass(Record.class)));
        }
    }

    @FuzzTest(maxDuration = "3s")
    void reads(byte[] body) {
        for (BodyReader<?> reader : READERS) {
            Body<?> read;
            try {
                read = reader.required(body);
            } catch (ProblemException e) {
                assertTrue(e.code().status() < 500, e.code().code());
                continue;
            }
            assertEquals(read.canonical(), reader.required(body).canonical());
        }
    }
}
