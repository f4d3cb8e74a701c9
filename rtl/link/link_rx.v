// link_rx.v - the receiving end of the link (docs/LINK.md): finds frames, checks
// them, keeps the payload of good ones in order and gives it as a stream of
// bytes.  1 byte/clk, 4 block RAMs
// with 2,048 bytes.
//
//   rx -> header 0..19 -> payload -> its check -> next_q moves on -> m_axis
//            |  ^             |
//            v  | again       v  before it is known to be good
//         +--------------------------+
//         | 64 bytes | ring of 2,048 |   one memory
//         +--------------------------+
//
// The bytes of a header are kept in 32 of 64 bytes that no limit gives away.
// When they turn out not to be a header, they are read again from the second
// one on: two clocks each, in which no byte is taken.
//
// Numbers are compared byte by byte as they pass: seq with the position
// expected, ack and limit with the first byte that the sender keeps.
`default_nettype none
module link_rx #(
    parameter LOG2 = 11                 // bytes of the ring, 2^LOG2, 11..14
) (
    input  wire        clk,
    input  wire        rst,
    // bytes from the wire
    input  wire [7:0]  rx_tdata,
    input  wire        rx_tvalid,
    output wire        rx_tready,
    // the pipe, in order
    output wire [7:0]  m_axis_tdata,
    output wire        m_axis_tvalid,
    input  wire        m_axis_tready,
    // session
    output reg         open_q,          // a new one begins, one clock
    output reg         active_q,        // there has been one
    output reg  [3:0]  session_q,
    // what the other end says to link_tx, one clock each
    input  wire [31:0] tail,            // first byte that is not acknowledged
    output reg         said_q,          // ack and limit follow
    output wire [12:0] said_ack,        // from tail
    output wire [12:0] said_limit,      // from tail, when not said_far
    output wire        said_far,        // the limit is further than that
    output reg         back_q,          // RESEND
    // what link_tx is to say
    output reg         hello_q,         // answer with WELCOME, one clock
    output reg         owe_q,           // say ack and limit, one clock
    output reg         gap_q,           // something is missing, one clock
    output reg         taken_q,         // a frame was taken, one clock
    output wire [31:0] next,            // position expected
    output wire [15:0] free,            // bytes that fit behind it
    // counted, one clock each
    output reg         bad_header_q,    // a header where none was expected
    output reg         bad_payload_q
);
    localparam [LOG2:0] ROOM = (1 << LOG2) - 64;    // what limit gives away

    localparam KIND_DATA = 2'd0, KIND_HELLO = 2'd1, KIND_RESEND = 2'd3;

    localparam ST_HEAD  = 2'd0;         // bytes of a header, or of none
    localparam ST_DATA  = 2'd1;
    localparam ST_CHECK = 2'd2;

    localparam [LOG2:0] LAST = (1 << LOG2) - 65;    // when one byte is there

    // --- the byte of this clock: from the wire, or once more -------------------
    reg  [1:0] st_q;
    reg [10:0] at_q;                    // byte of the header, payload or check
    reg  [4:0] put_q;                   // kept bytes of a header
    reg  [4:0] from_q;                  // ... before the one that may begin here
    reg  [4:0] lag_q;                   // ... that are to be read again
    reg        behind_q;                // there are some
    reg        again_q;                 // a kept byte has been read
    reg        sync_q;                  // a header is expected here
    wire [7:0] kept;                    // what the memory gives

    wire [4:0] get    = from_q + at_q[4:0];
    wire       in_head = st_q == ST_HEAD;
    wire       step   = behind_q ? again_q : rx_tvalid;
    wire [7:0] in     = behind_q ? kept : rx_tdata;

    assign rx_tready = !behind_q;

    // --- checks -------------------------------------------------------------
    reg  [31:0] crc_q;
    wire [31:0] crc_d;
    wire        check = st_q == ST_CHECK || (in_head && at_q[4]);
    wire [7:0]  crc_in = check ? ~in : in;
    wire        crc_fits = crc_q[7:0] == crc_in;

    link_crc32c header_or_payload (
        .crc  (crc_q),
        .data (crc_in),
        .next (crc_d)
    );

    // --- header -------------------------------------------------------------
    reg  [1:0]  kind_q;
    reg         ours_q;                 // of this session
    reg  [3:0]  nibble_q;               // its session
    reg  [10:0] len_q;
    reg  [31:0] next_q;
    reg         new_q;                  // HELLO of another session
    reg         borrow_q, carry_q;
    reg         due_q;                  // seq is the position expected
    reg         old_q;                  // ... or all of it lies before
    reg         near_q;                 // ack is within 8,191 of tail
    reg         far_q;                  // limit is not
    reg         neg_q;
    reg  [12:0] ack_n_q, limit_q;       // from tail, ack inverted: it is subtracted

    reg  [7:0]  base_q;                 // what the byte is compared with ...
    reg  [7:0]  base_d;                 // ... and the one behind it
    reg  [7:0]  len_byte;
    wire [8:0]  diff = {1'b0, in} - {1'b0, base_q} - {8'd0, borrow_q};
    wire [8:0]  sum  = {1'b0, diff[7:0]} + {1'b0, len_byte} + {8'd0, carry_q};

    always @* begin
        case ({at_q[3] || &at_q[2:0], at_q[1:0]})
            3'd3:    base_d = next_q[7:0];
            3'd0:    base_d = next_q[15:8];
            3'd1:    base_d = next_q[23:16];
            3'd2:    base_d = next_q[31:24];
            3'd7:    base_d = tail[7:0];
            3'd4:    base_d = tail[15:8];
            3'd5:    base_d = tail[23:16];
            default: base_d = tail[31:24];
        endcase
        if (new_q)
            base_d = 8'd0;
        case (at_q[1:0])
            2'd0:    len_byte = len_q[7:0];
            2'd1:    len_byte = {5'd0, len_q[10:8]};
            default: len_byte = 8'd0;
        endcase
    end

    // The byte cannot be of a header.
    reg wrong;
    always @* begin
        wrong = 1'b0;
        case (at_q[4:0])
            5'd0: wrong = in != 8'ha5;
            5'd1: wrong = in[3:2] != 2'd0;
            5'd3: wrong = in[7:3] != 5'd0 || (in[2] && (in[1:0] != 2'd0 || len_q[7:0] != 8'd0));
            default: wrong = at_q[4] && !crc_fits;
        endcase
    end

    wire head_end = in_head && at_q[4:0] == 5'd19;
    wire accept   = step && head_end && !wrong;
    wire fail     = step && in_head && wrong;

    // Only a frame that follows on is written, and it fits below the limit.
    reg          store_q;
    reg          fits_q;                // the check, so far

    wire unused = &{1'b0, sum[6:0]};        // its sign and carry matter

    wire [10:0]  at_d     = at_q + 11'd1;
    wire         pay_last = at_d == len_q;
    wire pay_end  = st_q == ST_CHECK && at_q[1:0] == 2'd3;
    wire good     = step && pay_end && crc_fits && fits_q;
    wire bad      = step && pay_end && !(crc_fits && fits_q);

    always @(posedge clk) begin
        again_q <= behind_q && !again_q;
        if (step) begin
            crc_q  <= crc_d;
            base_q <= base_d;
        end
        if (step) begin
            at_q <= at_d;
            if (!behind_q)
                put_q <= put_q + 5'd1;
        end
        // put_q less get, as far as a byte changes it.
        if (fail) begin
            lag_q    <= at_q[4:0] + (behind_q ? lag_q - 5'd1 : 5'd0);
            behind_q <= at_q[4:0] != 5'd0 || (behind_q && lag_q != 5'd1);
        end else if (step && behind_q) begin
            lag_q    <= lag_q - 5'd1;
            behind_q <= lag_q != 5'd1;
        end
        if (step)
            case (st_q)
                ST_HEAD: begin
                    borrow_q <= at_q[1:0] == 2'd3 ? at_q[3:2] == 2'd0 : diff[8];
                    carry_q  <= at_q[1:0] == 2'd3 ? 1'b0 : sum[8];
                    case (at_q[4:0])
                        5'd0: ;
                        5'd1: begin
                            kind_q   <= in[1:0];
                            nibble_q <= in[7:4];
                            ours_q   <= active_q && in[7:4] == session_q;
                            new_q    <= 1'b0;
                        end
                        5'd2: begin
                            len_q[7:0] <= in;
                            new_q      <= kind_q == KIND_HELLO && !ours_q;
                        end
                        5'd3: len_q[10:8] <= in[2:0];
                        5'd4, 5'd5, 5'd6, 5'd7: begin
                            due_q <= diff[7:0] == 8'hff && (due_q || at_q[1:0] == 2'd0);
                            old_q <= sum[7];
                        end
                        5'd8:  ack_n_q[7:0] <= ~diff[7:0];
                        5'd9: begin
                            ack_n_q[12:8] <= ~diff[4:0];
                            near_q        <= diff[7:5] == 3'd0;
                        end
                        5'd10, 5'd11: near_q <= near_q && diff[7:0] == 8'd0;
                        5'd12: limit_q[7:0] <= diff[7:0];
                        5'd13: begin
                            limit_q[12:8] <= diff[4:0];
                            far_q         <= diff[7:5] != 3'd0;
                        end
                        5'd14, 5'd15: begin
                            far_q <= far_q || diff[7:0] != 8'd0;
                            neg_q <= diff[7];
                        end
                        default: ;
                    endcase
                    if (wrong || head_end) begin
                        at_q  <= 11'd0;
                        crc_q <= 32'hffffffff;
                    end
                    if (wrong) begin
                        from_q <= from_q + 5'd1;
                        sync_q <= 1'b0;
                    end else if (head_end) begin
                        from_q  <= 5'd0;
                        put_q   <= 5'd0;
                        sync_q  <= 1'b1;
                        store_q <= ours_q && kind_q == KIND_DATA && due_q;
                        if (len_q != 11'd0)
                            st_q <= ST_DATA;
                    end
                end
                ST_DATA: begin
                    put_q  <= 5'd0;
                    fits_q <= 1'b1;
                    if (pay_last) begin
                        at_q  <= 11'd0;
                        st_q  <= ST_CHECK;
                    end
                end
                default: begin
                    put_q  <= 5'd0;
                    fits_q <= fits_q && crc_fits;
                    if (at_q[1:0] == 2'd3) begin
                        at_q  <= 11'd0;
                        crc_q <= 32'hffffffff;
                        st_q  <= ST_HEAD;
                    end
                end
            endcase
        if (rst) begin
            st_q    <= ST_HEAD;
            at_q    <= 11'd0;
            put_q   <= 5'd0;
            from_q  <= 5'd0;
            again_q  <= 1'b0;
            lag_q    <= 5'd0;
            behind_q <= 1'b0;
            sync_q  <= 1'b0;
            crc_q   <= 32'hffffffff;
        end
    end

    assign said_ack   = ~ack_n_q;
    assign said_limit = limit_q;
    assign said_far   = far_q;

    // --- what follows from it ------------------------------------------------
    wire is_data = ours_q && kind_q == KIND_DATA;
    wire begin_new = accept && new_q;
    wire take      = m_axis_tvalid && m_axis_tready;

    reg  [LOG2:0] rd_q;                 // position of the byte to be read, and ROOM
    reg           fetched_q;
    wire [LOG2:0] rd_d  = rd_q + {{LOG2{1'b0}}, take};
    wire          steal = behind_q && !again_q;     // the memory reads a header

    assign next = next_q;
    wire [LOG2:0] fit   = rd_q - next_q[LOG2:0];

    assign free = {{(15-LOG2){1'b0}}, fit};

    always @(posedge clk) begin
        open_q  <= begin_new;
        hello_q <= accept && kind_q == KIND_HELLO;
        said_q  <= accept && ((ours_q && kind_q != KIND_HELLO) || new_q) && near_q && !neg_q;
        back_q  <= accept && ours_q && kind_q == KIND_RESEND;
        taken_q <= good && store_q;
        owe_q   <= (good && store_q)
                || (accept && is_data && !due_q && old_q)
                || (accept && ours_q && kind_q == KIND_RESEND)
                || (take && rd_q[LOG2-2:0] == {(LOG2-1){1'b1}});
        gap_q   <= (bad && store_q) || (accept && is_data && !due_q && !old_q);
        bad_header_q  <= fail && sync_q;
        bad_payload_q <= bad;
        if (open_q) begin
            session_q <= nibble_q;
            active_q  <= 1'b1;
        end
        if (good && store_q)
            next_q <= next_q + {21'd0, len_q};
        rd_q      <= rd_d;
        fetched_q <= !steal && fit != ROOM && !(take && fit == LAST);
        // A clock late: no byte of the next header asks for it yet.
        if (open_q || rst) begin
            next_q    <= 32'd0;
            rd_q      <= ROOM;
            fetched_q <= 1'b0;
        end
        if (rst) begin
            active_q <= 1'b0;
            open_q   <= 1'b0;
        end
    end

    // --- memory ---------------------------------------------------------------
    // Position p is at p + ROOM.  Neither is written while the other is read.
    wire [9:0]      offset = in_head ? {4'd0, 1'b1, behind_q ? get : put_q} : at_q[9:0];
    wire [LOG2-1:0] addr = {next_q[LOG2-1:6] - 1'b1, next_q[5:0]} + {{(LOG2-10){1'b0}}, offset};

    axis_fifo_mem #(.W (8), .LOG2 (LOG2)) ring (
        .clk     (clk),
        .we      (step && (in_head ? !behind_q : st_q == ST_DATA && store_q)),
        .waddr   (addr),
        .wdata   (in),
        .re      (1'b1),
        .raddr   (steal ? addr : rd_d[LOG2-1:0]),
        .rdata_q (kept)
    );

    assign m_axis_tdata  = kept;
    assign m_axis_tvalid = fetched_q;

`ifdef FORMAL
    // Only committed bytes come out, and a frame whose check is wrong commits
    // none, as long as the other end keeps to the limit.
    reg       past_q = 1'b0;
    reg [1:0] f_said_q;                 // said a clock ago, and two
    always @(posedge clk) begin
        past_q <= 1'b1;
        if (!past_q)
            assume (rst);
        assume (!(good && store_q) || {2'd0, len_q} <= {1'b0, fit});
        assume (len_q <= 11'd1024);
        if (past_q && !rst) begin
            assert (fit <= ROOM);
            assert (!fetched_q || fit != ROOM);
        end
        if (past_q && !rst && !$past(rst || open_q)) begin
            if (!$past(step && st_q == ST_CHECK && crc_fits && fits_q))
                assert (next_q == $past(next_q));
            // A byte of the pipe is never written over before it is taken.
            if ($past(m_axis_tvalid && !m_axis_tready))
                assert (rd_q == $past(rd_q));
        end
        // What the other end says stands for two clocks more, as link_tx takes it.
        if (past_q && !rst && !$past(rst)) begin
            if (f_said_q != 2'd0) begin
                assert (said_ack == $past(said_ack) && said_limit == $past(said_limit));
                assert (said_far == $past(said_far));
            end
            assert (!(said_q && f_said_q[0]));
        end
        f_said_q <= rst ? 2'd0 : {f_said_q[0], said_q};
    end
`endif
endmodule
`default_nettype wire
