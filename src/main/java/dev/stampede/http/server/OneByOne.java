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
 * Hands a connection's requests on one by one: the next one when the last one is answered, and the client takes the
 * answers. What the client sends meanwhile is not read; what was read already waits here, and is dropped when the
 * client hangs up. The framework alone would read without a bound, and go on working for a client that is gone.
 *
 * <p>On the connection's event loop only.
 */
final class OneByOne extends ChannelDuplexHandler {
    private final Queue<Object> waiting = new ArrayDeque<>();
    /** A request is not answered. The first one is not: it is what puts this here. */
    private boolean busy = true;

    private boolean handingOn;
    private boolean planned;

    private OneByOne() {}

    /** From the connection's first request on, called while that is handled. */
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

    /** The framework asks for more when it has room; there is none here. */
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

    /** Not at once: the framework is in the middle of its answer. */
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
