package io.freshet.schema;

import io.freshet.schema.wire.EventSchemas;
import io.freshet.schema.wire.RejectReason;
import io.freshet.schema.wire.RejectedException;
import io.freshet.schema.wire.SingleObjectCodec;
import io.freshet.schema.wire.WireText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/**
 * What is known of an item apart from what users do with it. A profile replaces the item's one before; a record without
 * a value withdraws the item.
 *
 * <p>The constructor throws {@link IllegalArgumentException} for an invalid profile, so that every instance is valid.
 *
 * @param itemId which item
 * @param title for people, if known
 * @param categories most general first
 * @param attributes anything else
 * @param embeddings content embeddings by the name of what made them; finite, not empty
 */
public record ItemProfile(
        String itemId,
        @Nullable String title,
        List<String> categories,
        Map<String, String> attributes,
        Map<String, List<Float>> embeddings) {
    private static final int MAX_TEXT = 4096;
    private static final int MAX_ENTRIES = 256;
    private static final int MAX_EMBEDDINGS = 16;
    private static final int MAX_WIDTH = 4096;
    private static final SingleObjectCodec CODEC = new SingleObjectCodec(EventSchemas.Type.ITEM_PROFILE);

    public ItemProfile {
        WireText.requireId("item_id", itemId);
        if (title != null) {
            WireText.requireText("title", title, MAX_TEXT);
        }
        requireSize("categories", categories.size(), 0, MAX_ENTRIES);
        requireSize("attributes", attributes.size(), 0, MAX_ENTRIES);
        requireSize("embeddings", embeddings.size(), 0, MAX_EMBEDDINGS);
        categories = List.copyOf(categories);
        attributes = Map.copyOf(attributes);
        Map<String, List<Float>> copies = new HashMap<>();
        embeddings.forEach((name, vector) -> copies.put(name, List.copyOf(vector)));
        embeddings = Map.copyOf(copies);
        categories.forEach(category -> WireText.requireId("category", category));
        attributes.forEach((name, value) -> {
            WireText.requireId("name of an attribute", name);
            WireText.requireText("attribute " + name, value, MAX_TEXT);
        });
        embeddings.forEach(ItemProfile::requireEmbedding);
    }

    private static void requireSize(String name, int size, int least, int most) {
        if (size < least || size > most) {
            throw new IllegalArgumentException(name + ": " + size + ", expected " + least + " to " + most);
        }
    }

    private static void requireEmbedding(String name, List<Float> vector) {
        WireText.requireId("name of an embedding", name);
        requireSize("width of embedding " + name, vector.size(), 1, MAX_WIDTH);
        if (!vector.stream().allMatch(Float::isFinite)) {
            throw new IllegalArgumentException("embedding " + name + ": expected finite numbers");
        }
    }

    /** Avro single-object encoding with the current schema. */
    public byte[] encode() {
        GenericRecord record = new GenericData.Record(CODEC.schema());
        record.put("item_id", itemId);
        record.put("title", title);
        record.put("categories", categories);
        record.put("attributes", attributes);
        record.put("embeddings", embeddings);
        return CODEC.encode(record);
    }

    /** Reads a profile that was written with any released schema. */
    public static ItemProfile decode(byte[] value) throws RejectedException {
        GenericRecord record = CODEC.decode(value);
        List<String> categories = new ArrayList<>();
        for (Object category : (List<?>) record.get("categories")) {
            categories.add(WireText.of(category));
        }
        Map<String, String> attributes = new HashMap<>();
        for (Map.Entry<?, ?> entry : ((Map<?, ?>) record.get("attributes")).entrySet()) {
            attributes.put(WireText.of(entry.getKey()), WireText.of(entry.getValue()));
        }
        Map<String, List<Float>> embeddings = new HashMap<>();
        for (Map.Entry<?, ?> entry : ((Map<?, ?>) record.get("embeddings")).entrySet()) {
            List<Float> vector = new ArrayList<>();
            ((List<?>) entry.getValue()).forEach(element -> vector.add((Float) element));
            embeddings.put(WireText.of(entry.getKey()), vector);
        }
        String itemId = WireText.of(record.get("item_id"));
        String title = WireText.ofNullable(record.get("title"));
        if (!WireText.isId(itemId)) {
            throw new RejectedException(RejectReason.INVALID_ID, "item_id of " + itemId.length() + " characters");
        }
        try {
            return new ItemProfile(itemId, title, categories, attributes, embeddings);
        } catch (IllegalArgumentException e) {
            throw new RejectedException(RejectReason.INVALID_VALUE, String.valueOf(e.getMessage()));
        }
    }
}
