// link_build.v - writes records for the host into the ring of link_tx: packets
// that come out of a slot, its telemetry, and what link_parse tells.  1 byte/clk,
// 14 clocks a packet besides, 6 a frame of telemetry.
//
// The length of a packet is not known when it begins: four bytes are left out
// and written at its end, or after 1,536 bytes, or when link_parse wants to tell
// something while the slot has nothing to give; head follows.
//
// A frame of telemetry goes when no packet waits, or before link_parse tells
// something: what a host reads is behind the windows that ended before.
`default_nettype none
module link_build #(
    parameter W = 64                    // stream width in bits: 32, 64
) (
    input  wire           clk,
    input  wire           rst,
    // from a slot
    input  wire [W-1:0]   s_axis_tdata,
    input  wire [W/8-1:0] s_axis_tkeep,
    input  wire [47:0]    s_axis_tuser,
    input  wire [7:0]     s_axis_tid,   // the slot
    input  wire           s_axis_tlast,
    input  wire           s_axis_tvalid,
    output wire           s_axis_tready,
    // telemetry of a slot: frames of 76 bytes (core/telemetry.h)
    input  wire [7:0]     s_axis_tele_tdata,
    input  wire [7:0]     s_axis_tele_tid,
    input  wire           s_axis_tele_tlast,
    input  wire           s_axis_tele_tvalid,
    output wire           s_axis_tele_tready,
    // whole records from link_parse; 'tell' is high from before the first byte
    // until after the last
    input  wire           tell,
    input  wire [7:0]     s_axis_tell_tdata,
    input  wire           s_axis_tell_tvalid,
    output wire           s_axis_tell_tready,
    // the ring
    output wire           we,
    output wire [11:0]    waddr,
    output wire [7:0]     wdata,
    output wire [12:0]    head,         // bytes before it are final
    input  wire [12:0]    tail
);
    localparam LANES = W / 8;
    localparam LANE  = W == 32 ? 2 : 3; // bits of a lane's number

    localparam [7:0] OP_PKT = 8'd1, OP_PART = 8'd2, OP_TELE = 8'd7;
    localparam [7:0] FRAME = 8'd76;     // bytes of telemetry in a record

    localparam ST_IDLE  = 3'd0;
    localparam ST_HOLE  = 3'd1;         // leave the header out
    localparam ST_USER  = 3'd2;
    localparam ST_DATA  = 3'd3;
    localparam ST_PATCH = 3'd4;         // write it
    localparam ST_TELL  = 3'd5;
    localparam ST_TURN  = 3'd6;         // wr and head change places
    localparam ST_TELE  = 3'd7;         // its header, a frame

    reg  [2:0]  st_q;
    reg  [2:0]  at_q;                   // byte of header, user or beat
    reg  [10:0] n_q;                    // user and data
    reg         part_q;
    reg  [7:0]  slot_q;
    reg  [12:0] wr_q, head_q;
    reg         room_q;

    wire [12:0] used = wr_q - tail;
    wire [2:0]  after = at_q + 3'd1;
    wire        unused = &{1'b0, used[12], used[1:0]};

    reg  [7:0]  beat_byte, user_byte;
    reg         beat_end;               // no more bytes in this beat
    integer     k;
    always @* begin
        beat_byte = s_axis_tdata[{at_q[LANE-1:0], 3'd0} +: 8];
        beat_end  = at_q == LANES[2:0] - 3'd1;
        for (k = 1; k < LANES; k = k + 1)
            if (after[LANE-1:0] == k[LANE-1:0] && !s_axis_tkeep[k])
                beat_end = 1'b1;
        case (at_q)
            3'd0:    user_byte = s_axis_tuser[7:0];
            3'd1:    user_byte = s_axis_tuser[15:8];
            3'd2:    user_byte = s_axis_tuser[23:16];
            3'd3:    user_byte = s_axis_tuser[31:24];
            3'd4:    user_byte = s_axis_tuser[39:32];
            default: user_byte = s_axis_tuser[47:40];
        endcase
    end

    wire        bare  = !s_axis_tkeep[0];       // a beat without a byte
    wire        patch = st_q == ST_PATCH;
    reg         step;                   // a byte is written
    reg  [7:0]  data;
    always @* begin
        step = 1'b0;
        data = s_axis_tell_tdata;
        case (st_q)
            ST_USER: begin
                step = room_q;
                data = user_byte;
            end
            ST_DATA: begin
                step = room_q && s_axis_tvalid && !bare;
                data = beat_byte;
            end
            ST_PATCH: begin
                step = at_q != 3'd4;
                case (at_q[1:0])
                    2'd0:    data = part_q ? OP_PART : OP_PKT;
                    2'd1:    data = slot_q;
                    2'd2:    data = n_q[7:0];
                    default: data = {5'd0, n_q[10:8]};
                endcase
            end
            ST_TELL: step = room_q && s_axis_tell_tvalid;
            ST_TELE: begin
                step = room_q && (!at_q[2] || s_axis_tele_tvalid);
                case (at_q)
                    3'd0:    data = OP_TELE;
                    3'd1:    data = s_axis_tele_tid;
                    3'd2:    data = FRAME;
                    3'd3:    data = 8'd0;
                    default: data = s_axis_tele_tdata;
                endcase
            end
            default: ;
        endcase
    end

    wire hole   = st_q == ST_HOLE && room_q;
    // To the header that was left out, and back.  That head moves on four clocks
    // early shows nobody an unwritten byte: a frame begins with twenty others.
    wire turn   = st_q == ST_TURN;
    wire back   = patch && at_q == 3'd4;
    wire part_end = (s_axis_tvalid && s_axis_tready && (s_axis_tlast || long))
                 || (!s_axis_tvalid && tell && n_q != 11'd6);
    wire long   = n_q[10] && n_q[9];

    assign s_axis_tready      = st_q == ST_DATA && room_q && (beat_end || bare);
    assign s_axis_tell_tready = st_q == ST_TELL && room_q;
    assign s_axis_tele_tready = st_q == ST_TELE && room_q && at_q[2];
    assign we    = step;
    assign waddr = wr_q[11:0];
    assign wdata = data;
    assign head  = head_q;

    always @(posedge clk) begin
        room_q <= used[11:2] != 10'h3ff;        // four bytes early: used is of now
        if (step || hole)
            wr_q <= wr_q + 13'd1;
        if (turn || back)
            wr_q <= head_q;
        if (turn || st_q == ST_TELL || st_q == ST_TELE || st_q == ST_IDLE)
            head_q <= wr_q;
        if (step && (st_q == ST_USER || st_q == ST_DATA))
            n_q <= n_q + 11'd1;
        if ((step || hole) && !(st_q == ST_TELE && at_q[2]))
            at_q <= after;
        case (st_q)
            ST_IDLE: begin
                at_q <= 3'd0;
                n_q  <= 11'd0;
                if (s_axis_tele_tvalid && (tell || !s_axis_tvalid))
                    st_q <= ST_TELE;
                else if (tell)
                    st_q <= ST_TELL;
                else if (s_axis_tvalid)
                    st_q <= ST_HOLE;
            end
            ST_HOLE: if (hole && at_q == 3'd3) begin
                at_q <= 3'd0;
                st_q <= ST_USER;
            end
            ST_USER: if (step && at_q == 3'd5) begin
                at_q <= 3'd0;
                st_q <= ST_DATA;
            end
            ST_DATA: begin
                slot_q <= s_axis_tid;
                part_q <= !(s_axis_tvalid && s_axis_tlast);
                if (s_axis_tvalid && s_axis_tready) begin
                    at_q <= 3'd0;
                end
                if (part_end)
                    st_q <= ST_TURN;
            end
            ST_TURN: st_q <= ST_PATCH;
            ST_PATCH: if (at_q == 3'd4)
                st_q <= ST_IDLE;
            ST_TELL: if (!tell)
                st_q <= ST_IDLE;
            ST_TELE: if (step && at_q[2] && s_axis_tele_tlast)
                st_q <= ST_IDLE;
            default: st_q <= ST_IDLE;
        endcase
        if (rst) begin
            st_q   <= ST_IDLE;
            wr_q   <= 13'd0;
            head_q <= 13'd0;
            room_q <= 1'b0;
        end
    end

`ifdef FORMAL
    // A record's header is left out, written once in its place and says how many
    // bytes follow it; head moves over whole records, or bytes that were told;
    // nothing is written over that is not acknowledged; a beat is taken when its
    // bytes are written; the last of a packet ends a PKT, all else a PART.  A record of
    // telemetry is one frame, whole, of the length its header says; one that waits goes
    // before what is told.
    //
    // Of the beats: the rules of streams.  Of a frame: 76 bytes.  Of link_tx: tail moves forward, and not
    // over a header that is not written (a frame begins with twenty other bytes).
    reg         past_q = 1'b0;
    wire [12:0] f_end  = patch ? head_q : wr_q;
    wire [12:0] f_safe = patch ? wr_q - {10'd0, at_q} : head_q;
    wire [12:0] f_used = f_end - tail;
    wire        f_take = s_axis_tvalid && s_axis_tready;
    reg  [3:0]  f_bytes;
    reg         f_full_q;               // seen, for cover: there was no room
    reg  [6:0]  f_tele_q;               // bytes of this frame
    wire        f_tele = s_axis_tele_tvalid && s_axis_tele_tready;

    always @* begin
        f_bytes = 4'd0;
        for (k = 0; k < LANES; k = k + 1)
            f_bytes = f_bytes + {3'd0, s_axis_tkeep[k]};
    end

    always @(posedge clk) begin
        past_q <= 1'b1;
        f_full_q <= !rst && (f_full_q || (past_q && st_q == ST_DATA && !room_q));
        if (f_tele)
            f_tele_q <= s_axis_tele_tlast ? 7'd0 : f_tele_q + 7'd1;
        if (rst)
            f_tele_q <= 7'd0;
        if (!past_q)
            assume (rst);
        assume (s_axis_tele_tlast == (f_tele_q == FRAME[6:0] - 7'd1));
        if (past_q && !$past(rst) && $past(s_axis_tele_tvalid && !s_axis_tele_tready))
            assume (s_axis_tele_tvalid && s_axis_tele_tdata == $past(s_axis_tele_tdata));
        assume ((s_axis_tkeep & (s_axis_tkeep + 1'b1)) == {LANES{1'b0}});
        if (past_q && !$past(rst) && $past(s_axis_tvalid && !s_axis_tready))
            assume (s_axis_tvalid && s_axis_tlast == $past(s_axis_tlast)
                    && s_axis_tkeep == $past(s_axis_tkeep));
        if (past_q && $past(rst))
            assume (tail == 13'd0);
        else if (past_q)
            assume (tail - $past(tail) <= $past(f_safe - tail));

        if (past_q && !rst) begin
            assert (f_used <= 13'd4093);
            assert (f_safe - tail <= f_used);
            assert (!we || wr_q - tail <= 13'd4092);
            case (st_q)
                ST_IDLE: assert (wr_q - head_q <= 13'd1);
                ST_HOLE: assert (at_q <= 3'd3 && n_q == 11'd0 && wr_q == head_q + {10'd0, at_q});
                ST_USER: assert (at_q <= 3'd5 && n_q == {8'd0, at_q}
                                 && wr_q == head_q + 13'd4 + {10'd0, at_q});
                ST_DATA: assert (n_q >= 11'd6 && wr_q == head_q + 13'd4 + {2'd0, n_q});
                ST_TURN: assert (at_q == 3'd0 && n_q >= 11'd6
                                 && wr_q == head_q + 13'd4 + {2'd0, n_q});
                ST_PATCH: assert (at_q <= 3'd4 && n_q >= 11'd6
                                  && head_q == wr_q - {10'd0, at_q} + 13'd4 + {2'd0, n_q});
                ST_TELL: assert (wr_q - head_q <= 13'd1);
                ST_TELE: assert (wr_q - head_q <= 13'd1 && at_q <= 3'd4);
                default: assert (1'b0);
            endcase
            if (st_q == ST_HOLE || st_q == ST_USER || st_q == ST_DATA || st_q == ST_TELL
                || st_q == ST_TELE)
                assert (!room_q || f_used <= 13'd4092);
            if (st_q == ST_DATA) begin
                assert (at_q < LANES);
                assert (at_q == 3'd0 || (s_axis_tvalid && {1'b0, at_q} < f_bytes));
                assert (n_q <= 11'd1536 + {8'd0, at_q} + LANES);
                if (f_take)
                    assert (f_bytes == 4'd0 ? !we : {1'b0, at_q} + 4'd1 == f_bytes && we);
            end
            if (st_q == ST_TELL)
                assert (we == (s_axis_tell_tvalid && s_axis_tell_tready));
            // Behind four bytes of header come those of the frame, all of them.
            assert (f_tele_q < FRAME[6:0] && (f_tele_q == 7'd0 || (st_q == ST_TELE && at_q == 3'd4)));
            if (st_q == ST_TELE && at_q == 3'd4)
                assert (we == f_tele && (!we || wdata == s_axis_tele_tdata));
        end
        if (past_q && !rst && !$past(rst)) begin
            if (st_q == ST_TURN)
                assert (part_q == !$past(f_take && s_axis_tlast));
            if ($past(f_take && s_axis_tlast))
                assert (st_q == ST_TURN);
            // Four bytes in four clocks, begun in the clock in which head moves.
            if (head_q != $past(head_q))
                assert ($past(st_q == ST_TURN) ? patch && at_q == 3'd0
                        : head_q == $past(wr_q)
                          && $past(st_q == ST_IDLE || st_q == ST_TELL || st_q == ST_TELE));
            if (st_q == ST_TELE && $past(st_q) != ST_TELE)
                assert (at_q == 3'd0 && wdata == OP_TELE);
            if (st_q == ST_TELE && $past(st_q) == ST_TELE)
                assert (at_q == $past(at_q) + {2'd0, $past(we && !at_q[2])});
            if (st_q == ST_TELE && at_q == 3'd2)
                assert (wdata == FRAME);
            if (st_q == ST_TELL && $past(st_q) == ST_IDLE)
                assert (!$past(s_axis_tele_tvalid));
            if ($past(patch && at_q != 3'd4))
                assert (patch && at_q == $past(at_q) + 3'd1 && $past(we));
            if (patch && at_q == 3'd0)
                assert (wdata == (part_q ? OP_PART : OP_PKT));
            if (patch && at_q == 3'd2)
                assert (wdata == n_q[7:0]);
            if (patch && at_q == 3'd3)
                assert (wdata == {5'd0, n_q[10:8]});
            cover (patch && at_q == 3'd4 && !part_q && n_q == 11'd11);
            cover (patch && at_q == 3'd4 && part_q && tell);
            cover (st_q == ST_TELL && wr_q == 13'd20);
            cover (st_q == ST_IDLE && $past(st_q == ST_TELE) && wr_q == 13'd80);
        end
    end
`endif
endmodule
`default_nettype wire
