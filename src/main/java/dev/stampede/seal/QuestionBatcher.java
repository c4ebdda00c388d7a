package dev.stampede.seal;

import dev.stampede.postgres.PostgresUnavailable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Gathers questions while one call is in flight, and asks them together in the next one. Questions of writes go before
 * those of reads. Used from one event loop; bounded.
 */
final class QuestionBatcher<Q, A> {
    private static final Logger LOG = Logger.getLogger(QuestionBatcher.class);
    private static final int MAX_WAITING = 4096;

    private final int most;
    private final Function<List<Q>, Future<List<Supplier<A>>>> call;
    private final Predicate<Throwable> oneAtFault;
    private final ArrayDeque<Asked<Q, A>> queue = new ArrayDeque<>();
    private final ArrayDeque<Asked<Q, A>> reads = new ArrayDeque<>();
    private boolean underWay;

    /**
     * How many questions at the front of the queue are asked one by one, because one of them makes the whole call fail.
     */
    private int alone;

    private record Asked<Q, A>(Q question, Promise<A> promise) {}

    /**
     * @param call answers questions, in their order; an answer that cannot be read fails alone
     * @param oneAtFault whether a call failed because of one question: the others are asked again without it
     */
    QuestionBatcher(int most, Function<List<Q>, Future<List<Supplier<A>>>> call, Predicate<Throwable> oneAtFault) {
        this.most = most;
        this.call = call;
        this.oneAtFault = oneAtFault;
    }

    /** Asks a question whose answer a write waits for. */
    Future<A> ask(Q question) {
        return ask(queue, question);
    }

    /** Asks a question whose answer only a read waits for: questions of writes go first. */
    Future<A> read(Q question) {
        return ask(reads, question);
    }

    private Future<A> ask(ArrayDeque<Asked<Q, A>> in, Q question) {
        if (in.size() >= MAX_WAITING) {
            return Future.failedFuture(new PostgresUnavailable("too many questions are waiting for Postgres"));
        }
        Promise<A> promise = Promise.promise();
        in.add(new Asked<>(question, promise));
        next();
        return promise.future();
    }

    private void next() {
        if (underWay || (queue.isEmpty() && reads.isEmpty())) {
            return;
        }
        int room = alone > 0 ? 1 : most;
        alone = Math.max(0, alone - 1);
        List<Asked<Q, A>> batch = new ArrayList<>(Math.min(room, queue.size() + reads.size()));
        while (batch.size() < room && !queue.isEmpty()) {
            batch.add(queue.poll());
        }
        while (batch.size() < room && !reads.isEmpty()) {
            batch.add(reads.poll());
        }
        underWay = true;
        call.apply(batch.stream().map(Asked::question).toList()).onComplete(result -> {
            underWay = false;
            if (result.failed() && batch.size() > 1 && oneAtFault.test(result.cause())) {
                alone = batch.size();
                for (int i = batch.size() - 1; i >= 0; i--) {
                    queue.addFirst(batch.get(i));
                }
                next();
                return;
            }
            next();
            for (int i = 0; i < batch.size(); i++) {
                Promise<A> promise = batch.get(i).promise;
                try {
                    if (result.failed()) {
                        promise.fail(result.cause());
                    } else {
                        promise.complete(result.result().get(i).get());
                    }
                } catch (RuntimeException e) {
                    if (!promise.tryFail(e)) {
                        LOG.error("in a callback after an answer of Postgres", e);
                    }
                }
            }
        });
    }
}
