package io.freshet.serving.rpc;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.freshet.serving.Refusal;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.grpc.netty.shaded.io.netty.handler.codec.http.FullHttpResponse;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpResponseStatus;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;

/** Answers over HTTP. JSON has every field, zeros, false and empty lists too; 64-bit numbers are strings. */
final class HttpReplies {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonFormat.Printer PRINTER =
            JsonFormat.printer().preservingProtoFieldNames().alwaysPrintFieldsWithNoPresence();

    private HttpReplies() {}

    static FullHttpResponse text(int status, String text) {
        return of(status, "text/plain", text);
    }

    static FullHttpResponse json(Message reply) throws InvalidProtocolBufferException {
        return of(200, "application/json", PRINTER.print(reply) + "\n");
    }

    static FullHttpResponse refusal(Refusal refusal) {
        return refusal(
                RefusalStatus.of(refusal.code()).http(), refusal.code().name(), String.valueOf(refusal.getMessage()));
    }

    static FullHttpResponse refusal(int status, String code, String message) {
        String json = JSON.createObjectNode()
                .put("code", code)
                .put("message", message)
                .toString();
        FullHttpResponse reply = of(status, "application/json", json + "\n");
        if (status == 429 || status == 503) {
            reply.headers().set("Retry-After", "1");
        }
        return reply;
    }

    private static FullHttpResponse of(int status, String type, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        FullHttpResponse reply = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), Unpooled.wrappedBuffer(bytes));
        reply.headers()
                .set("Content-Type", type + "; charset=utf-8")
                .set("Content-Length", bytes.length)
                .set("X-Content-Type-Options", "nosniff");
        return reply;
    }
}
