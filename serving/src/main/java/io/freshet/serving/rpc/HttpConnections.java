package io.freshet.serving.rpc;

import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandler.Sharable;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.util.concurrent.ScheduledFuture;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * The HTTP connections that are open, on one event loop. A connection <em>owes</em> a request from its opening and from
 * every answer on, and is closed if it takes too long; it is <em>served</em> from the whole request to the answer. For
 * a new connection beyond the limit the one that has owed longest is closed, so that connections that are merely held
 * open keep nobody out.
 */
@Sharable
final class HttpConnections extends ChannelInboundHandlerAdapter {
    private final int most;
    private final long requestMillis;
    private final Map<Channel, ScheduledFuture<?>> owing = new LinkedHashMap<>();
    private final Map<Channel, CompletableFuture<?>> calls = new LinkedHashMap<>();
    private final Set<Channel> served = new HashSet<>();
    private final LongAdder closed = new LongAdder();

    HttpConnections(ServerLimits limits) {
        most = limits.httpConnections();
        requestMillis = limits.requestMillis();
    }

    /** Connections closed because they were slow or too many. */
    long closed() {
        return closed.sum();
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (owing.size() + served.size() >= most) {
            closed.increment();
            if (owing.isEmpty()) {
                context.close();
                return;
            }
            Channel eldest = owing.keySet().iterator().next();
            // At once: netty tells that it is closed only behind the connections that it accepts together.
            settled(eldest);
            eldest.close();
        }
        owes(context.channel());
        context.fireChannelActive();
    }

    private void owes(Channel channel) {
        owing.put(
                channel,
                channel.eventLoop()
                        .schedule(
                                () -> {
                                    closed.increment();
                                    channel.close();
                                },
                                requestMillis,
                                TimeUnit.MILLISECONDS));
    }

    /** A connection owes nothing any more; false if it did not owe. */
    private boolean settled(Channel channel) {
        ScheduledFuture<?> limit = owing.remove(channel);
        if (limit != null) {
            limit.cancel(false);
        }
        return limit != null;
    }

    /** A whole request came; false if the one before has no answer yet, which closes the connection. */
    boolean begins(Channel channel) {
        if (!settled(channel)) {
            channel.close();
            return false;
        }
        served.add(channel);
        return true;
    }

    /** A call that is cancelled if the connection goes. */
    void calls(Channel channel, CompletableFuture<?> call) {
        if (channel.isActive()) {
            calls.put(channel, call);
        } else {
            call.cancel(false);
        }
    }

    /** The answer is on its way. */
    void answered(Channel channel) {
        calls.remove(channel);
        if (served.remove(channel) && channel.isActive()) {
            owes(channel);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        Channel channel = context.channel();
        settled(channel);
        served.remove(channel);
        CompletableFuture<?> call = calls.remove(channel);
        if (call != null) {
            call.cancel(false);
        }
        context.fireChannelInactive();
    }
}
