package dev.stampede.seal;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Questions that gather while one call is under way, and are asked together in the next one. Used from one event loop;
 * bounded by the operations in flight, each of which asks one thing at a time.
 */
final class Gathering<Q, A> {
    private final int most;
    private final Function<List<Q>, Future<List<A>>> call;
    private final ArrayDeque<Asked<Q, A>> queue = new ArrayDeque<>();
    private boolean underWay;

    private record Asked<Q, A>(Q question, Promise<A> promise) {}

    /** @param call answers questions, in their order */
    Gathering(int most, Function<List<Q>, Future<List<A>>> call) {
        this.most = most;
        this.call = call;
    }

    Future<A> ask(Q question) {
        Promise<A> promise = Promise.promise();
        queue.add(new Asked<>(question, promise));
        next();
        return promise.future();
    }

    private void next() {
        if (underWay || queue.isEmpty()) {
            return;
        }
        List<Asked<Q, A>> batch = new ArrayList<>(Math.min(most, queue.size()));
        while (batch.size() < most && !queue.isEmpty()) {
            batch.add(queue.poll());
        }
        underWay = true;
        call.apply(batch.stream().map(Asked::question).toList()).onComplete(result -> {
            underWay = false;
            next();
            for (int i = 0; i < batch.size(); i++) {
                if (result.succeeded()) {
                    batch.get(i).promise.complete(result.result().get(i));
                } else {
                    batch.get(i).promise.fail(result.cause());
                }
            }
        });
    }
}
