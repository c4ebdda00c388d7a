package dev.stampede.http.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.stampede.http.problem.ProblemException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Currency;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the annotations of a record say is what is accepted. */
class BodyReaderTest {
    record Line(
            @Schema(required = true, maxLength = 4) String sku,

            @Schema(implementation = String.class, pattern = "^[1-9](\\.[0-9]{1,2})?$")
            BigDecimal quantity,

            @Schema(maxItems = 2) List<String> kinds,

            @Schema(maxProperties = 2) Map<String, String> more) {}

    record Part(@Schema(maxLength = 3, pattern = "^[a-z]+$") String word) {}

    record Request(
            @Schema(minimum = "2", maximum = "5", defaultValue = "3")
            Long number,

            @Schema(maxLength = 5) @Multiline String lines,

            @Schema(implementation = String.class, pattern = Amounts.DECIMAL)
            BigDecimal amount,

            @Schema(implementation = String.class) Currency currency,
            @Schema Instant at,
            @Schema Boolean flag,
            @Schema(maxItems = 2) List<Line> list,
            @JsonUnwrapped Part part) {
        Request {
            if ("a\nb".equals(lines) && number == 5) {
                throw ProblemException.malformed("both");
            }
        }
    }

    private static final BodyReader<Request> READER = BodyReader.of(Request.class);

    private static byte[] bytes(String body) {
        return body.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void everythingIsRead() {
        Body<Request> body =
                READER.required(bytes("{'word':'abc','number':5,'lines':'a','amount':'1.50','currency':'EUR',"
                        + "'at':'2026-01-01T01:00:00+01:00','flag':true,"
                        + "'list':[{'sku':'x','quantity':'2.50','kinds':['b','a'],'more':{'to':3,'as':true}}]}"));
        assertEquals(
                new Request(
                        5L,
                        "a",
                        new BigDecimal("1.50"),
                        Currency.getInstance("EUR"),
                        Instant.parse("2026-01-01T00:00:00Z"),
                        true,
                        List.of(new Line(
                                "x", new BigDecimal("2.50"), List.of("b", "a"), Map.of("to", "3", "as", "true"))),
                        new Part("abc")),
                body.value());
        assertEquals(
                "{'amount':'1.5','at':'2026-01-01T00:00:00Z','currency':'EUR','flag':true,'lines':'a',"
                        .concat("'list':[{'kinds':['b','a'],'more':{'as':'true','to':'3'},'quantity':'2.5','sku':'x'}],"
                                + "'number':5,'word':'abc'}")
                        .replace('\'', '"'),
                body.canonical());
    }

    record Outer(@Schema Part inner) {}

    @Test
    void anObjectWithinIsRead() {
        BodyReader<Outer> reader = BodyReader.of(Outer.class);
        Body<Outer> body = reader.required(bytes("{'inner':{'word':'abc'}}"));
        assertEquals(new Outer(new Part("abc")), body.value());
        assertEquals("{\"inner\":{\"word\":\"abc\"}}", body.canonical());
        assertNull(reader.required(bytes("{}")).value().inner());
        for (String wrong : List.of("{'inner':'abc'}", "{'inner':[]}", "{'inner':{'word':1}}", "{'inner':{'x':1}}")) {
            assertThrows(ProblemException.class, () -> reader.required(bytes(wrong)), wrong);
        }
    }

    @Test
    void whatIsLeftOutIsNullOrTheDefault() {
        Body<Request> body = READER.optional(new byte[0]);
        assertEquals(3, body.value().number());
        assertNull(body.value().part().word());
        assertNull(body.value().list());
        assertEquals("{\"number\":3}", body.canonical());
        assertThrows(ProblemException.class, () -> READER.required(new byte[0]));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'number':1}                     | invalid_amount",
                "{'number':6}                     | invalid_amount",
                "{'number':2.5}                   | invalid_amount",
                "{'number':'3'}                   | malformed",
                "{'lines':''}                     | malformed",
                "{'lines':'123456'}               | malformed",
                "{'word':'a\\nb'}                 | malformed",
                "{'word':'ab1'}                   | malformed",
                "{'word':'abcd'}                  | malformed",
                "{'amount':1.5}                   | malformed",
                "{'amount':'1e3'}                 | invalid_amount",
                "{'amount':'-1.00'}               | invalid_amount",
                "{'currency':'XXY'}               | malformed",
                "{'at':'2026-01-01'}              | malformed",
                "{'list':[{}]}                    | malformed",
                "{'list':[{'sku':'x','size':1}]}  | unknown_field",
                "{'list':[{'sku':'x','quantity':'11'}]}  | invalid_amount",
                "{'list':[{'sku':'x','quantity':'1.234'}]} | invalid_amount",
                "{'list':[{'sku':'x','quantity':1}]} | malformed",
                "{'list':[{'sku':'x','quantity':1e999999}]}  | malformed",
                "{'list':[{'sku':'x','kinds':'a'}]} | malformed",
                "{'list':[{'sku':'x','kinds':['a','b','c']}]} | malformed",
                "{'list':[{'sku':'x','kinds':['']}]} | malformed",
                "{'list':[{'sku':'x','kinds':[1]}]} | malformed",
                "{'list':[{'sku':'x','kinds':[{}]}]} | malformed",
                "{'list':[{'sku':'x','kinds':['a\\nb']}]} | malformed",
                "{'list':[{'sku':'x','more':[]}]} | malformed",
                "{'list':[{'sku':'x','more':{'a':{}}}]} | malformed",
                "{'list':[{'sku':'x','more':{'a':[]}}]} | malformed",
                "{'list':[{'sku':'x','more':{'a':''}}]} | malformed",
                "{'list':[{'sku':'x','more':{'':'a'}}]} | malformed",
                "{'list':[{'sku':'x','more':{'a':'1','b':'2','c':'3'}}]} | malformed",
                "{'flag':'true'}                  | malformed",
                "{'flag':1}                       | malformed",
                "{'list':[{'sku':'a'},{'sku':'b'},{'sku':'c'}]} | malformed",
                "{'more':1}                       | unknown_field",
                "{'number':1,'word':5}            | malformed",
                "{'number':5,'lines':'a\\nb'}     | malformed",
            })
    void whatIsNotAsDescribedIsRefused(String body, String code) {
        ProblemException refusal = assertThrows(ProblemException.class, () -> READER.required(bytes(body)));
        assertEquals(code, refusal.code().name().toLowerCase(Locale.ROOT), refusal::getMessage);
    }

    record NotDescribed(String text) {}

    record Unbounded(@Schema String text) {}

    record UnknownType(@Schema double number) {}

    @Test
    void aComponentWithoutABoundIsABug() {
        assertThrows(IllegalArgumentException.class, () -> BodyReader.of(NotDescribed.class));
        assertThrows(IllegalArgumentException.class, () -> BodyReader.of(Unbounded.class));
        assertThrows(IllegalArgumentException.class, () -> BodyReader.of(UnknownType.class));
    }
}
