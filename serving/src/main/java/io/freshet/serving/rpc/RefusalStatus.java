package io.freshet.serving.rpc;

import io.freshet.serving.Refusal;
import io.grpc.Status;

/**
 * What a refusal is to a caller.
 *
 * @param grpc status of a gRPC call
 * @param http status code of an HTTP reply
 */
record RefusalStatus(Status grpc, int http) {
    static RefusalStatus of(Refusal.Code code) {
        return switch (code) {
            case INVALID -> new RefusalStatus(Status.INVALID_ARGUMENT, 400);
            case OVERLOADED -> new RefusalStatus(Status.RESOURCE_EXHAUSTED, 429);
            case NOT_READY -> new RefusalStatus(Status.UNAVAILABLE, 503);
            case NOT_FRESH -> new RefusalStatus(Status.FAILED_PRECONDITION, 412);
            case TOO_LATE -> new RefusalStatus(Status.DEADLINE_EXCEEDED, 504);
            case INTERNAL -> new RefusalStatus(Status.INTERNAL, 500);
        };
    }
}
