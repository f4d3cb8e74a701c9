// link_tx.v - the giving end of the link (docs/LINK.md): cuts the ring into
// frames, keeps bytes until they are acknowledged, goes back to them on RESEND or
// when the resend time has passed, never beyond the limit.  1 byte/clk, 3 clocks
// between frames, 8 block RAMs.
//
//   we -> ring -> header 0..19 -> payload -> its check -> tx
//
//   tail              send            head
//    | kept, in flight | to be sent    |
//    +-----------------+---------------+---- positions modulo 8,192
//    |<- gave: was sent ->|
//    |<------------- win: may be sent ------->|
`default_nettype none
module link_tx #(
    parameter LOG2        = 12,         // bytes of the ring, 2^LOG2; 12
    parameter LOG2_RESEND = 20          // the resend time is 1 to 2 times 2^LOG2_RESEND clocks
) (
    input  wire        clk,
    input  wire        rst,
    // session
    input  wire        open,            // a new one begins
    input  wire        active,
    input  wire [3:0]  session,
    // from link_rx; what is said holds for three clocks
    output wire [31:0] tail_pos,
    input  wire        said,
    input  wire [12:0] said_ack,
    input  wire [12:0] said_limit,
    input  wire        said_far,
    input  wire        back,
    input  wire        hello,
    input  wire        owe,
    input  wire        gap,
    input  wire        taken,
    input  wire [31:0] next,
    input  wire [15:0] free,
    // the ring's writer
    input  wire        we,
    input  wire [11:0] waddr,
    input  wire [7:0]  wdata,
    input  wire [12:0] head,            // bytes before it are final
    output wire [12:0] tail,
    // bytes to the wire
    output wire [7:0]  tx_tdata,
    output wire        tx_tvalid,
    input  wire        tx_tready,
    // counted, one clock
    output reg         resent_q
);
    localparam KIND_DATA = 2'd0, KIND_WELCOME = 2'd2, KIND_RESEND = 2'd3;

    localparam ST_LOOK  = 3'd0;         // where to go on
    localparam ST_SIZE  = 3'd1;         // how much there is, and may be sent
    localparam ST_LEAST = 3'd2;         // the lesser of both
    localparam ST_PICK  = 3'd3;         // which frame, if any
    localparam ST_HEAD  = 3'd4;
    localparam ST_DATA  = 3'd5;
    localparam ST_CHECK = 3'd6;

    reg  [2:0]  st_q;

    // --- positions ----------------------------------------------------------
    // What is subtracted is kept inverted: iCE40 has no inverters to spare.
    reg  [31:0] tail_n_q;
    reg  [11:0] win_n_q;
    wire [31:0] tail_q = ~tail_n_q;
    wire [11:0] win_q  = ~win_n_q;      // bytes from tail that the limit allows
    reg  [12:0] send_q;
    wire [13:0] flight  = {1'b0, send_q} - {1'b0, tail_q[12:0]};   // [13]: wrapped
    wire        behind  = flight[12];   // acknowledged what was to be sent again
    // Bytes from tail that were sent, though it may have gone back since.
    reg  [11:0] gave_q;
    wire [13:0] gave_d  = {2'd0, gave_q} - {1'b0, said_ack};     // [13]: not sent
    wire [12:0] credit  = said_limit - said_ack;
    // What is said counts if ack was sent and limit does not move back.  Then it is
    // not before ack either, as nothing was sent beyond the limit.
    reg         said_q, fresh_q;
    reg         past_q;                 // send_q is of a session that ended

    assign tail_pos = tail_q;
    assign tail     = tail_q[12:0];

    always @(posedge clk) begin
        said_q  <= said;                // after open
        fresh_q <= said_q && !gave_d[13] && (said_far || said_limit >= {1'b0, win_q});
        if (fresh_q) begin
            tail_n_q <= tail_n_q - {20'd0, said_ack[11:0]};
            gave_q   <= gave_d[11:0];
            win_n_q  <= said_far || credit[12] ? 12'd0 : ~credit[11:0];
        end else if (!behind && !past_q && flight[11:0] > gave_q)
            gave_q <= flight[11:0];
        if (open)
            past_q <= 1'b1;
        else if (st_q == ST_LOOK)
            past_q <= 1'b0;
        if (open || rst) begin
            tail_n_q <= 32'hffffffff;
            gave_q   <= 12'd0;
            win_n_q  <= 12'hfff;
            fresh_q  <= 1'b0;
        end
        if (rst) begin
            said_q <= 1'b0;
            past_q <= 1'b0;
        end
    end

    // --- requests -------------------------------------------------------------
    reg         welcome_q, resend_q, owe_now_q, back_q;
    reg  [1:0]  mute_q;                 // ticks until RESEND may be said again
    reg  [1:0]  age_q;                  // ticks since something moved
    reg  [LOG2_RESEND-1:0] tick_q;
    wire        tick = &tick_q;
    reg  [3:0]  quiet_q;                // clocks since the writer wrote
    wire        quiet = &quiet_q;

    reg  [10:0] at_q;                   // byte of header, payload or check
    reg  [7:0]  kind_q;                 // and session
    reg  [11:0] avail_q, credit_n_q;
    wire [11:0] credit_q = ~credit_n_q;
    reg  [10:0] len_q;
    wire        go;                     // the byte of this clock moves on
    wire        late  = age_q[1];
    wire        give;                   // a frame is being made
    wire        sent  = go && st_q == ST_CHECK && at_q[1:0] == 2'd3;

    wire [11:0] least = avail_q < credit_q ? avail_q : credit_q;
    wire        full = len_q[10];
    wire        data = full || ((quiet || owe_now_q) && len_q != 11'd0);
    wire        begin_frame = st_q == ST_PICK && active && !open && !behind
                            && (welcome_q || resend_q || data || owe_now_q);

    always @(posedge clk) begin
        tick_q  <= tick_q + {{(LOG2_RESEND-1){1'b0}}, 1'b1};
        quiet_q <= we ? 4'd0 : quiet_q + {3'd0, !quiet};
        if (hello)
            welcome_q <= 1'b1;
        else if (begin_frame)
            welcome_q <= 1'b0;
        if (gap && mute_q == 2'd0) begin
            resend_q <= 1'b1;
            mute_q   <= 2'd2;
        end else begin
            if (begin_frame && !welcome_q)
                resend_q <= 1'b0;
            if (taken)
                mute_q <= 2'd0;
            else if (tick && mute_q != 2'd0)
                mute_q <= mute_q - 2'd1;
        end
        if (owe)
            owe_now_q <= 1'b1;
        else if (begin_frame)
            owe_now_q <= 1'b0;
        // The resend time: nothing sent, nothing acknowledged, but something there.
        resent_q <= 1'b0;
        if (back || late)
            back_q <= 1'b1;
        else if (st_q == ST_LOOK) begin
            back_q   <= 1'b0;
            resent_q <= back_q;
        end
        if (late && win_q == 12'd0)
            resend_q <= 1'b1;
        if (sent || (fresh_q && said_ack != 13'd0) || late || head == tail)
            age_q <= 2'd0;
        else if (tick)
            age_q <= age_q + 2'd1;
        if (open) begin
            back_q    <= 1'b1;
            resend_q  <= 1'b0;
            owe_now_q <= 1'b0;
            mute_q    <= 2'd0;
        end
        if (rst) begin
            tick_q    <= {LOG2_RESEND{1'b0}};
            welcome_q <= 1'b0;
            resend_q  <= 1'b0;
            owe_now_q <= 1'b0;
            back_q    <= 1'b1;
            mute_q    <= 2'd0;
            age_q     <= 2'd0;
        end
    end

    // --- header -----------------------------------------------------------------
    // seq as it was picked; ack, and limit as ack and the room behind it.
    reg  [18:0] seq_n_q;                // [31:13], inverted as tail_n_q is
    wire [18:0] seq = ~seq_n_q;
    reg  [31:0] word_q;                 // next, turned byte by byte
    reg  [15:0] free_q;
    reg         carry_q;
    reg  [7:0]  add;
    wire [8:0]  limit = {1'b0, word_q[7:0]} + {1'b0, add} + {8'd0, carry_q};
    wire [7:0]  payload;
    reg  [7:0]  byte_d;

    always @* begin
        add = 8'd0;
        if (at_q[2])
            add = at_q[0] ? free_q[15:8] : free_q[7:0];
        if (at_q[1])
            add = 8'd0;
        case (at_q[2:0])
            3'd0:    byte_d = 8'ha5;
            3'd1:    byte_d = kind_q;
            3'd2:    byte_d = len_q[7:0];
            3'd3:    byte_d = {5'd0, len_q[10:8]};
            3'd4:    byte_d = send_q[7:0];
            3'd5:    byte_d = {seq[2:0], send_q[12:8]};
            3'd6:    byte_d = seq[10:3];
            default: byte_d = seq[18:11];
        endcase
        if (at_q[3])
            byte_d = limit[7:0];
        if (st_q == ST_DATA)
            byte_d = payload;
    end

    // --- frames: a byte, and with its check one later ------------------------
    reg  [7:0]  byte_q, out_q;
    reg         some_q, valid_q;
    reg         check_q;                // the byte is one of the check
    reg  [31:0] crc_q;
    wire [31:0] crc_d;
    wire        header_end = st_q == ST_HEAD && at_q[4:0] == 5'd19;
    wire [10:0] at_d   = at_q + 11'd1;
    wire        last   = at_d == len_q;
    wire        none   = len_q == 11'd0;
    wire        move   = !valid_q || tx_tready;
    wire        fetch  = move && ((header_end && !none) || (st_q == ST_DATA && !last));

    assign give      = st_q == ST_HEAD || st_q == ST_DATA || st_q == ST_CHECK;
    assign go        = give && move;
    assign tx_tdata  = out_q;
    assign tx_tvalid = valid_q;

    link_crc32c header_or_payload (
        .crc  (crc_q),
        .data (check_q ? crc_q[7:0] : byte_q),
        .next (crc_d)
    );

    wire [12:0] avail_d  = head - send_q;
    wire [12:0] credit_d = {1'b0, win_q} - flight[12:0];

    wire unused = &{1'b0, avail_d[12], credit_d[12], gave_d[12]};   // never more than 4,095

    always @(posedge clk) begin
        if (move) begin
            byte_q  <= byte_d;
            some_q  <= give;
            check_q <= st_q == ST_CHECK || (st_q == ST_HEAD && at_q[4]);
            valid_q <= some_q;
            out_q   <= check_q ? ~crc_q[7:0] : byte_q;
        end
        // Four bytes of a check leave ones behind: the next one's beginning.
        if (move && some_q)
            crc_q <= check_q ? {8'hff, crc_d[23:0]} : crc_d;
        if (go && st_q == ST_HEAD && at_q[3]) begin
            word_q  <= {word_q[7:0], word_q[31:8]};
            carry_q <= limit[8] && at_q[1:0] != 2'd3;
        end
        if (fetch)
            send_q <= send_q + 13'd1;
        if (go)
            at_q <= at_d;
        case (st_q)
            ST_LOOK: begin
                if (back_q || behind)
                    send_q <= tail_q[12:0];
                st_q <= ST_SIZE;
            end
            ST_SIZE: begin
                avail_q    <= avail_d[11:0];
                credit_n_q <= ~credit_d[11:0];
                st_q       <= ST_LEAST;
            end
            ST_LEAST: begin
                len_q <= {1'b0, least[9:0]};
                if (least[11:10] != 2'd0)
                    len_q <= 11'd1024;
                st_q  <= ST_PICK;
            end
            ST_PICK: begin
                seq_n_q <= tail_n_q[31:13] - {18'd0, flight[13]};
                word_q  <= next;
                free_q  <= free;
                carry_q <= 1'b0;
                at_q    <= 11'd0;
                kind_q  <= {session, 2'd0, welcome_q ? KIND_WELCOME : resend_q ? KIND_RESEND : KIND_DATA};
                if (welcome_q || resend_q || !data)
                    len_q <= 11'd0;
                st_q    <= begin_frame ? ST_HEAD : ST_LOOK;
            end
            ST_HEAD: if (move && header_end) begin
                at_q <= 11'd0;
                st_q <= none ? ST_LOOK : ST_DATA;
            end
            ST_DATA: if (move && last) begin
                at_q <= 11'd0;
                st_q <= ST_CHECK;
            end
            ST_CHECK: if (move && at_q[1:0] == 2'd3)
                st_q <= ST_LOOK;
            default: st_q <= ST_LOOK;
        endcase
        if (open && !give)
            st_q <= ST_LOOK;
        if (rst) begin
            st_q    <= ST_LOOK;
            send_q  <= 13'd0;
            some_q  <= 1'b0;
            valid_q <= 1'b0;
            crc_q   <= 32'hffffffff;
        end
    end

`ifdef FORMAL
    // Whatever is acknowledged, said or asked for meanwhile: a frame never goes
    // beyond the limit nor beyond head; its seq and length are those of its bytes,
    // which come from their places in the ring; going back is to ack, nowhere else;
    // the stream keeps its rules.
    //
    // The other end may say any ack and any limit; of link_rx: it says them one
    // clock, not two, and they stand when said_q is high and fresh_q.  Of the writer:
    // head moves forward, never 4,096 bytes or more beyond tail.
    reg         f_past_q = 1'b0;
    reg  [12:0] f_out_q;                // from tail to the furthest byte sent
    reg  [10:0] f_n_q;                  // bytes of this frame so far, up to the payload's end
    reg  [10:0] f_len_q;                // as its header says
    reg  [31:0] f_seq_q;
    reg  [12:0] f_read_q;               // position of the byte that the memory gives
    reg  [12:0] f_end_q;                // where the frame ends, from tail
    reg         f_back_q;               // seen, for cover: gone back ...
    reg         f_resent_q;             // ... and sent again

    wire [12:0] f_flight = flight[12:0];
    wire [31:0] f_send   = tail_q + {{19{f_flight[12]}}, f_flight};
    wire [12:0] f_held   = head - tail_q[12:0];
    wire [12:0] f_ahead  = f_out_q - f_flight;          // furthest from send
    wire [12:0] f_left   = st_q == ST_DATA ? {2'd0, len_q} - {2'd0, at_q} - 13'd1
                         : st_q == ST_HEAD ? {2'd0, len_q} : 13'd0;
    // What may be sent still, from send; both are below 8,192.
    wire [12:0] f_credit = {1'b0, win_q} - f_flight;
    wire [12:0] f_avail  = head - send_q;

    always @(posedge clk) begin
        f_past_q <= 1'b1;
        f_out_q <= f_out_q + {12'd0, fetch && !past_q && f_ahead == 13'd0}
                 - (fresh_q ? said_ack : 13'd0);
        if (open || rst)
            f_out_q <= 13'd0;
        f_end_q <= (st_q == ST_PICK ? f_flight + (data && !welcome_q && !resend_q ? {2'd0, len_q} : 13'd0)
                    : f_end_q) - (fresh_q ? said_ack : 13'd0);
        if (fetch)
            f_read_q <= send_q;
        if (!give)
            f_n_q <= 11'd0;
        else if (go && st_q != ST_CHECK)
            f_n_q <= f_n_q + 11'd1;
        if (go && st_q == ST_HEAD)
            case (at_q[4:0])
                5'd2: f_len_q[7:0]   <= byte_d;
                5'd3: f_len_q[10:8]  <= byte_d[2:0];
                5'd4: f_seq_q[7:0]   <= byte_d;
                5'd5: f_seq_q[15:8]  <= byte_d;
                5'd6: f_seq_q[23:16] <= byte_d;
                5'd7: f_seq_q[31:24] <= byte_d;
                default: ;
            endcase
        if (st_q == ST_LOOK && back_q && f_out_q != 13'd0)
            f_back_q <= 1'b1;
        if (f_back_q && sent && f_len_q == 11'd2)
            f_resent_q <= 1'b1;
        if (rst) begin
            f_back_q   <= 1'b0;
            f_resent_q <= 1'b0;
        end

        if (!f_past_q)
            assume (rst);
        if (f_past_q && fresh_q)
            assume (said_ack == $past(said_ack) && said_limit == $past(said_limit)
                    && said_far == $past(said_far));
        assume (!(said && said_q));
        assume (f_held <= 13'd4095);
        if (f_past_q && $past(open || rst))
            assume (head == 13'd0);
        else if (f_past_q)
            assume (head - $past(head) <= 13'd1600);

        if (f_past_q && !rst) begin
            // What counts was sent, and moves the limit forward at most.
            if (fresh_q) begin
                assert (said_ack <= {1'b0, gave_q});
                assert (said_far || said_limit >= {1'b0, win_q});
            end
            assert (!(fresh_q && said_q));
            assert ({1'b0, gave_q} <= f_out_q);
            assert (f_out_q <= {1'b0, win_q});
            assert (f_out_q <= f_held);
            assert (!past_q || back_q);
            assert (!past_q || st_q == ST_LOOK || give);
            assert (st_q != 3'd7);
            if (!past_q) begin
                // What is sent, and the rest of the frame, is within both bounds.
                assert (f_ahead <= 13'd4095);
                if (give) begin
                    assert (f_end_q - f_flight == f_left);
                    assert (f_end_q[12] || f_end_q <= {1'b0, win_q});
                end
                assert (f_left <= f_avail);
                if (!behind && st_q == ST_LEAST) begin
                    assert ({1'b0, credit_q} <= f_credit);
                    assert ({1'b0, avail_q} <= f_avail);
                end
                if (!behind && st_q == ST_PICK) begin
                    assert ({2'd0, len_q} <= f_credit);
                    assert ({2'd0, len_q} <= f_avail);
                end
            end
            // The header's numbers.
            if (st_q == ST_PICK || give)
                assert (len_q <= 11'd1024);
            if (st_q == ST_HEAD) begin
                assert (at_q <= 11'd19 && f_n_q == at_q);
                if (at_q > 11'd2)
                    assert (f_len_q[7:0] == len_q[7:0]);
                if (at_q > 11'd3)
                    assert (f_len_q == len_q);
                if (at_q > 11'd4)
                    assert (f_seq_q[7:0] == send_q[7:0]);
                if (at_q > 11'd5)
                    assert (f_seq_q[15:8] == {seq[2:0], send_q[12:8]});
                if (at_q > 11'd6)
                    assert (f_seq_q[23:16] == seq[10:3]);
                if (at_q > 11'd7)
                    assert (f_seq_q[31:24] == seq[18:11]);
            end
            // Its bytes: as many, and from their places.
            if (st_q == ST_DATA) begin
                assert (at_q < len_q && f_len_q == len_q);
                assert (f_n_q == at_q + 11'd20);
                assert (send_q == f_seq_q[12:0] + {2'd0, at_q} + 13'd1);
                assert (f_read_q == f_seq_q[12:0] + {2'd0, at_q});
            end
            if (st_q == ST_CHECK) begin
                assert (at_q <= 11'd3 && len_q != 11'd0);
                assert (f_n_q == f_len_q + 11'd20 && f_len_q == len_q);
            end
        end
        if (f_past_q && !rst && !$past(rst)) begin
            if ($past(tx_tvalid && !tx_tready)) begin
                assert (tx_tvalid);
                assert (tx_tdata == $past(tx_tdata));
            end
            if ($past(begin_frame))
                assert ({seq, send_q} == $past(f_send));
            if ($past(give) && give)
                assert (seq == $past(seq));
            if ($past(fetch))
                assert (send_q == $past(send_q) + 13'd1);
            else if (send_q != $past(send_q))
                assert ($past(st_q == ST_LOOK) && send_q == $past(tail_q[12:0]));
            cover (f_resent_q && !give && !open);
            cover (behind && give && !past_q);
            cover (past_q && st_q == ST_DATA);
        end
    end
`endif

    axis_fifo_mem #(.W (8), .LOG2 (LOG2)) ring (
        .clk     (clk),
        .we      (we),
        .waddr   (waddr),
        .wdata   (wdata),
        .re      (fetch),
        .raddr   (send_q[11:0]),
        .rdata_q (payload)
    );
endmodule
`default_nettype wire
