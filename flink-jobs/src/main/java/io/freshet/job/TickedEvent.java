package io.freshet.job;

import io.freshet.schema.BehaviourEvent;
import io.freshet.schema.EntityIds;
import io.freshet.train.LogEvent;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/** An event with its tick; a Flink POJO, so its fields are public and not final. */
public final class TickedEvent {
    /** Tick that the event belongs to. */
    public long tick;
    /** Partition of the log. */
    public int partition;
    /** Offset in the partition. */
    public long offset;
    /** Hashed subject id. */
    public long user;
    /** Subject id. */
    public String subject = "";
    /** Item id. */
    public String itemName = "";
    /** Code of the action. */
    public byte action;
    /** The event's own time, ms. */
    public long eventTimeMillis;
    /** Value; 0 if none. */
    public float value;
    /** Hashed event id. */
    public long eventId;

    static TickedEvent of(long tick, RawRecord record, BehaviourEvent event) {
        TickedEvent ticked = new TickedEvent();
        ticked.tick = tick;
        ticked.partition = record.partition;
        ticked.offset = record.offset;
        ticked.subject = event.subject();
        ticked.user = EntityIds.hash(ticked.subject);
        ticked.itemName = event.itemId();
        ticked.action = event.action().code();
        ticked.eventTimeMillis = event.eventTimeMillis();
        ticked.value = event.value() == null ? 0 : event.value().floatValue();
        ticked.eventId = EntityIds.hash(event.eventId());
        return ticked;
    }

    LogEvent toLogEvent() {
        return new LogEvent(
                partition,
                offset,
                user,
                subject,
                EntityIds.hash(itemName),
                itemName,
                action,
                eventTimeMillis,
                value,
                eventId);
    }

    void write(DataOutputStream out) throws IOException {
        out.writeLong(tick);
        out.writeInt(partition);
        out.writeLong(offset);
        out.writeLong(user);
        out.writeUTF(subject);
        out.writeUTF(itemName);
        out.writeByte(action);
        out.writeLong(eventTimeMillis);
        out.writeFloat(value);
        out.writeLong(eventId);
    }

    static TickedEvent read(DataInputStream in) throws IOException {
        TickedEvent ticked = new TickedEvent();
        ticked.tick = in.readLong();
        ticked.partition = in.readInt();
        ticked.offset = in.readLong();
        ticked.user = in.readLong();
        ticked.subject = in.readUTF();
        ticked.itemName = in.readUTF();
        ticked.action = in.readByte();
        ticked.eventTimeMillis = in.readLong();
        ticked.value = in.readFloat();
        ticked.eventId = in.readLong();
        return ticked;
    }
}
