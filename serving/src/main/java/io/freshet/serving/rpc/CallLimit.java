package io.freshet.serving.rpc;

import io.grpc.Attributes;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerTransportFilter;
import io.grpc.Status;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** Refuses gRPC calls beyond a number of open ones, and all calls on connections beyond a number of open ones. */
final class CallLimit extends ServerTransportFilter implements ServerInterceptor {
    private static final Attributes.Key<Boolean> TOO_MANY = Attributes.Key.create("freshet-too-many-connections");

    private final ServerLimits limits;
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger calls = new AtomicInteger();
    private final LongAdder refused = new LongAdder();

    CallLimit(ServerLimits limits) {
        this.limits = limits;
    }

    /** Calls refused. */
    long refused() {
        return refused.sum();
    }

    @Override
    public Attributes transportReady(Attributes attributes) {
        boolean tooMany = connections.incrementAndGet() > limits.grpcConnections();
        return attributes.toBuilder().set(TOO_MANY, tooMany).build();
    }

    @Override
    public void transportTerminated(Attributes attributes) {
        // Connections that end before they are ready were not counted.
        if (attributes != null && attributes.get(TOO_MANY) != null) {
            connections.decrementAndGet();
        }
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        if (Boolean.TRUE.equals(call.getAttributes().get(TOO_MANY))) {
            return refuse(call, limits.grpcConnections() + " connections are open already");
        }
        if (calls.incrementAndGet() > limits.grpcCalls()) {
            calls.decrementAndGet();
            return refuse(call, limits.grpcCalls() + " calls wait for their answers already; try again later");
        }
        AtomicBoolean open = new AtomicBoolean(true);
        try {
            return new Counted<>(next.startCall(call, headers), open);
        } catch (RuntimeException | Error e) {
            end(open);
            throw e;
        }
    }

    private <Q, A> ServerCall.Listener<Q> refuse(ServerCall<Q, A> call, String why) {
        refused.increment();
        call.close(Status.RESOURCE_EXHAUSTED.withDescription(why), new Metadata());
        return new ServerCall.Listener<>() {};
    }

    private void end(AtomicBoolean open) {
        if (open.getAndSet(false)) {
            calls.decrementAndGet();
        }
    }

    /** A call that counts until it is over. */
    private final class Counted<Q> extends SimpleForwardingServerCallListener<Q> {
        private final AtomicBoolean open;

        Counted(ServerCall.Listener<Q> listener, AtomicBoolean open) {
            super(listener);
            this.open = open;
        }

        @Override
        public void onComplete() {
            end(open);
            super.onComplete();
        }

        @Override
        public void onCancel() {
            end(open);
            super.onCancel();
        }
    }
}
