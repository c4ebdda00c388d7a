package dev.stampede.http.server;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.Http1xServerConnection;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Processes a connection's requests one by one: the next one starts when the previous one is answered and the client
 * reads its answers. Meanwhile nothing is read from the client; requests that were already read wait here, and are
 * dropped when the client closes the connection. The framework alone would read without a limit, and continue to work
 * for a client that has left.
 *
 * <p>Used only on the connection's event loop.
 */
final class OneByOne extends ChannelDuplexHandler {
    private final Queue<Object> waiting = new ArrayDeque<>();
    /** Whether a request is unanswered. At first one is: the request that installs this handler. */
    private boolean busy = true;

    private boolean handingOn;
    private boolean planned;

    private OneByOne() {}

    /** Installs the handler, while the connection's first request is being handled. */
    static void on(HttpConnection connection) {
        if (connection instanceof Http1xServerConnection http) {
            ChannelHandlerContext framework = http.channelHandlerContext();
            ChannelPipeline pipeline = framework.pipeline();
            if (pipeline.get(OneByOne.class) == null) {
                pipeline.addBefore(framework.name(), null, new OneByOne());
            }
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (waiting.isEmpty() && mayPass(ctx, message)) {
            pass(ctx, message);
        } else {
            waiting.add(message);
            ctx.channel().config().setAutoRead(false);
        }
    }

    private boolean mayPass(ChannelHandlerContext ctx, Object message) {
        return !(message instanceof HttpRequest) || (!busy && ctx.channel().isWritable());
    }

    private void pass(ChannelHandlerContext ctx, Object message) {
        busy |= message instanceof HttpRequest;
        ctx.fireChannelRead(message);
    }

    /** Ignored: the framework asks for more when it has room, but there may be none here. */
    @Override
    public void read(ChannelHandlerContext ctx) {
        if (waiting.isEmpty() || handingOn) {
            ctx.read();
        } else {
            ctx.channel().config().setAutoRead(false);
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        boolean interim =
                message instanceof HttpResponse answer && answer.status().codeClass() == HttpStatusClass.INFORMATIONAL;
        if (message instanceof LastHttpContent && !interim) {
            busy = false;
        }
        var unused = ctx.write(message, promise);
        planHandingOn(ctx);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        planHandingOn(ctx);
        ctx.fireChannelWritabilityChanged();
    }

    /** Deferred: the framework is still writing its answer. */
    private void planHandingOn(ChannelHandlerContext ctx) {
        if (!waiting.isEmpty() && !planned && mayPass(ctx, waiting.peek())) {
            planned = true;
            ctx.executor().execute(() -> handOn(ctx));
        }
    }

    private void handOn(ChannelHandlerContext ctx) {
        planned = false;
        handingOn = true;
        ctx.channel().config().setAutoRead(true); // the framework may stop it again
        while (!waiting.isEmpty() && mayPass(ctx, waiting.peek())) {
            pass(ctx, waiting.poll());
        }
        handingOn = false;
        if (!waiting.isEmpty()) {
            ctx.channel().config().setAutoRead(false);
        }
        ctx.fireChannelReadComplete();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        waiting.forEach(ReferenceCountUtil::release);
        waiting.clear();
        ctx.fireChannelInactive();
    }
}
