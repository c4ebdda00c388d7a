package dev.stampede.earn;

import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.http.Answers;
import dev.stampede.http.Call;
import dev.stampede.http.Calls;
import dev.stampede.http.Detail;
import dev.stampede.http.Fields;
import dev.stampede.http.Money;
import dev.stampede.http.ProblemException;
import dev.stampede.points.Rules;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;

@Path(Calls.ACCOUNT)
@Produces(MediaType.APPLICATION_JSON)
public class EarnResource {
    private static final int MAX_ITEMS = 100;

    private final Calls calls;
    private final Answers answers;

    EarnResource(Calls calls, Answers answers) {
        this.calls = calls;
        this.answers = answers;
    }

    /** Either points, or a price for the program to turn into points. */
    record EarnRequest(
            Long points,
            Money money,
            String reference,
            Instant occurredAt,
            String channel,
            List<Detail.Item> items,
            String note) {
        private static final String[] FIELDS = {
            "points", "amount", "currency", "reference", "occurredAt", "channel", "items", "note"
        };

        static EarnRequest read(Fields body, Rules rules) {
            return new EarnRequest(
                    body.points("points"),
                    Money.read(body, rules.currency()),
                    body.text("reference", 255),
                    body.time("occurredAt"),
                    body.text("channel", 64),
                    items(body.list("items", MAX_ITEMS), rules),
                    body.text("note", 1000));
        }

        private static List<Detail.Item> items(List<Fields> list, Rules rules) {
            if (list == null) {
                return null;
            }
            List<Detail.Item> items = new ArrayList<>();
            for (Fields each : list) {
                Fields item = each.only("sku", "quantity", "amount");
                String sku = item.text("sku", 64);
                if (sku == null) {
                    throw ProblemException.malformed("an item has no sku");
                }
                Long quantity = item.whole("quantity", 1, 1_000_000);
                var amount = item.amount("amount", rules.currency());
                items.add(new Detail.Item(sku, quantity, amount == null ? null : amount.toPlainString()));
            }
            return items;
        }
    }

    @POST
    @Path("/earn")
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> earn(@PathParam("program") String program, @PathParam("account") String account, byte[] body) {
        Call call = calls.postOrDryRun(program, account);
        Fields fields = Fields.of(body).only(EarnRequest.FIELDS);
        EarnRequest request = EarnRequest.read(fields, call.rules());
        return answers.to(call, operation(call, fields, request));
    }

    private static Operation operation(Call call, Fields body, EarnRequest request) {
        Rules rules = call.rules();
        Money money = request.money();
        long points = money == null ? request.points() : money.points(rules::earned);
        LocalDate today = call.today();
        LocalDate matures = rules.pendingDays() > 0 ? today.plusDays(rules.pendingDays()) : null;
        Detail.Explanation why = money == null
                ? new Detail.Explanation("given", points, "the caller said how many")
                : money.explain("base", rules.earnRate(), points, "down");
        return call.operation(OperationType.EARN, "earn", body)
                .points(points)
                .lot(rules.expiresOn(today).toEpochDay(), matures == null ? null : matures.toEpochDay())
                .autoEnrol(rules.autoEnrol())
                .reference(request.reference())
                .detail(new Detail(
                                request.channel(),
                                request.note(),
                                request.occurredAt() == null
                                        ? null
                                        : request.occurredAt().toString(),
                                money == null ? null : money.text(),
                                money == null ? null : money.currency().getCurrencyCode(),
                                List.of(why),
                                request.items(),
                                matures == null ? null : matures.toString())
                        .text())
                .build();
    }
}
