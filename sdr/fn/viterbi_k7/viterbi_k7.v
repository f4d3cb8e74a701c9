// viterbi_k7.v - packets of soft values become packets of bits (RTL body).
// C body: viterbi_k7.c.  A beat takes W/16 clk, or 1.5 times that in a block of more
// than 1,018 steps, since each step is traced back 1.5 times; behind a block there come
// at most 1,420 clk, in which what is held is traced, and 3 for each 32 bits of the answer.
//
//   s_axis -> beat -> steps -> trace -> words -> m_axis
//       \                                        /
//        `------- what is dropped or punted ----'
//
// tdata: soft values, int8, in pairs: of the bit of 133 and of that of 171; out: bits, the
// first lowest.  The answer waits in 'words' until the length is known.
`default_nettype none
module viterbi_k7 #(
    parameter W = 64                    // stream width in bits: 32, 64, 128, 256
) (
    input  wire           clk,
    input  wire           rst,
    // registers
    input  wire           csr_we,
    input  wire           csr_re,
    output wire           csr_ack,
    input  wire [7:0]     csr_addr,
    input  wire [31:0]    csr_wdata,
    output wire [31:0]    csr_rdata,
    // packets in
    input  wire [W-1:0]   s_axis_tdata,
    input  wire [W/8-1:0] s_axis_tkeep,
    input  wire [47:0]    s_axis_tuser,
    input  wire           s_axis_tlast,
    input  wire           s_axis_tvalid,
    output wire           s_axis_tready,
    // packets out
    output wire [W-1:0]   m_axis_tdata,
    output wire [W/8-1:0] m_axis_tkeep,
    output wire [47:0]    m_axis_tuser,
    output wire           m_axis_tlast,
    output wire           m_axis_tvalid,
    input  wire           m_axis_tready,
    output wire           idle,
    // taps: steps, trace
    output wire [1:0]     tap_valid,
    output wire [63:0]    tap_data
);
    localparam K    = W / 8;            // bytes a beat
    localparam N    = W / 32;           // words of bits a beat
    localparam LAST = N - 1;            // the last of them
    localparam LEFT = $clog2(W/16) + 1; // bits of a number of steps in a beat
    localparam [2:0] ST_IDLE = 3'd0,    // between packets
                     ST_PASS = 3'd1,    // one that was dropped or punted before
                     ST_IN   = 3'd2,    // a block is coming in
                     ST_WAIT = 3'd3,    // ... is in, and being traced
                     ST_READ = 3'd4,    // a word of bits is read
                     ST_LOAD = 3'd5,    // ... is put into the beat
                     ST_SEND = 3'd6;    // the beat leaves
    localparam [1:0] DECODED = 2'd0, ODD = 2'd1, LONG = 2'd2, EMPTY = 2'd3;
    localparam [14:0] MOST = 15'd16384; // VITERBI_K7_BLOCK_MAX

    // --- registers ------------------------------------------------------------------
    wire [31:0]  limit;
    wire [127:0] counts;                // for the host only
    wire [3:0]   fates;                 // what leaves: a bit for each fate

    viterbi_k7_csr csr (
        .clk           (clk),
        .rst           (rst),
        .csr_we        (csr_we),
        .csr_re        (csr_re),
        .csr_ack       (csr_ack),
        .csr_addr      (csr_addr),
        .csr_wdata     (csr_wdata),
        .csr_rdata     (csr_rdata),
        .limit         (limit),
        .n_decoded_add ({7'd0, fates[0]}),
        .n_decoded     (counts[31:0]),
        .n_odd_add     ({7'd0, fates[1]}),
        .n_odd         (counts[63:32]),
        .n_long_add    ({7'd0, fates[2]}),
        .n_long        (counts[95:64]),
        .n_empty_add   ({7'd0, fates[3]}),
        .n_empty       (counts[127:96])
    );

    // --- a beat, and the steps in it ----------------------------------------------------
    reg [2:0]      state_q;
    reg [31:0]     user_q;              // of the block, without the mark
    reg [W-1:0]    data_q;
    reg [LEFT-1:0] left_q;              // steps that are left of the beat
    reg            last_q;              // it is the block's last
    reg [15:0]     taken_q;             // steps of the block
    reg [14:0]     room_q;              // steps that it may still have
    reg            full_q;              // none
    reg            some_q;              // it has bytes,
    reg            odd_q;               // ... an odd number,
    reg            long_q;              // ... more than the limit

    wire trace_ready, steps_idle, trace_done;
    wire step  = left_q != {LEFT{1'b0}} && !full_q && trace_ready;
    wire spent = left_q == {LEFT{1'b0}} || full_q || (step && left_q == {{(LEFT-1){1'b0}}, 1'b1});
    wire take  = state_q == ST_IN && !last_q && spent;
    wire beat  = take && s_axis_tvalid;
    wire start = state_q == ST_IDLE && s_axis_tvalid;
    wire is_in = state_q == ST_IN && last_q && (left_q == {LEFT{1'b0}} || full_q) && steps_idle;

    integer      k;
    reg [LEFT:0] n_bytes;               // of the beat that comes in
    always @* begin
        n_bytes = {(LEFT+1){1'b0}};
        for (k = 0; k < K; k = k + 1)
            n_bytes = n_bytes + {{LEFT{1'b0}}, s_axis_tkeep[k]};
    end

    // --- decoder ----------------------------------------------------------------------
    wire        decision_valid;
    wire [63:0] decision;
    wire        word_valid;
    wire [8:0]  word_at;
    wire [31:0] word;

    viterbi_steps #(.R (2), .N (9), .START (151)) steps (   // VITERBI_K7_START
        .clk              (clk),
        .rst              (rst),
        .begin_block      (start),
        .values_valid     (step),
        .values           (data_q[15:0]),
        .decision_valid   (decision_valid),
        .decision         (decision),
        .digest           (tap_data[31:0]),
        .idle             (steps_idle)
    );

    viterbi_k7_trace trace (
        .clk            (clk),
        .rst            (rst),
        .begin_block    (start),
        .decision_valid (decision_valid),
        .decision       (decision),
        .ready          (trace_ready),
        .whole          (state_q == ST_WAIT),
        .word_valid     (word_valid),
        .word_at        (word_at),
        .word           (word),
        .done           (trace_done),
        .digest         (tap_data[63:32])
    );

    assign tap_valid = {state_q == ST_WAIT && trace_done, is_in};

    // --- the answer -----------------------------------------------------------------
    reg  [9:0]   word_q;                // the next
    reg  [W-1:0] out_q;
    reg  [11:0]  rest_q;                // bytes that have not left
    wire [31:0]  word_rdata;
    wire [11:0]  out_bytes = taken_q[14:3] + {11'd0, taken_q[2:0] != 3'd0};
    wire [11:0]  in_beat   = {word_q & LAST[9:0], 2'd0};    // bytes of it before the word
    wire         last_word = rest_q <= in_beat + 12'd4;
    wire         last_lane = (word_q & LAST[9:0]) == LAST[9:0];
    wire         out_last  = rest_q <= K[11:0];
    wire         sent      = state_q == ST_SEND && m_axis_tready;
    wire [1:0]   fate      = !some_q ? EMPTY : odd_q ? ODD : long_q ? LONG : DECODED;

    axis_fifo_mem #(.W (32), .LOG2 (9)) words (
        .clk     (clk),
        .we      (word_valid),
        .waddr   (word_at),
        .wdata   (word),
        .re      (state_q == ST_READ),
        .raddr   (word_q[8:0]),
        .rdata_q (word_rdata)
    );

    genvar g;
    generate
        for (g = 0; g < N; g = g + 1) begin : lane
            always @(posedge clk)
                if (state_q == ST_LOAD && (word_q & LAST[9:0]) == g)
                    out_q[g*32 +: 32] <= word_rdata;
        end
        for (g = 0; g < K; g = g + 1) begin : keep
            assign m_axis_tkeep[g] = state_q == ST_PASS ? s_axis_tkeep[g] : rest_q > g;
        end
    endgenerate

    // --- control ------------------------------------------------------------------------
    always @(posedge clk) begin
        case (state_q)
        ST_IDLE: if (s_axis_tvalid)
            state_q <= s_axis_tuser[32] || s_axis_tuser[34] ? ST_PASS : ST_IN;
        ST_PASS: if (s_axis_tvalid && m_axis_tready && s_axis_tlast)
            state_q <= ST_IDLE;
        ST_IN:   if (is_in)
            state_q <= ST_WAIT;
        ST_WAIT: if (trace_done)
            state_q <= out_bytes == 12'd0 ? ST_SEND : ST_READ;
        ST_READ: state_q <= ST_LOAD;
        ST_LOAD: state_q <= last_lane || last_word ? ST_SEND : ST_READ;
        ST_SEND: if (m_axis_tready)
            state_q <= out_last ? ST_IDLE : ST_READ;
        default: state_q <= ST_IDLE;
        endcase
        if (start) begin
            user_q  <= {s_axis_tuser[47:32], s_axis_tuser[15:0]};
            room_q  <= limit[15:14] != 2'd0 ? MOST : limit[14:0];
            full_q  <= limit[15:0] == 16'd0;
            left_q  <= {LEFT{1'b0}};
            last_q  <= 1'b0;
            taken_q <= 16'd0;
            some_q  <= 1'b0;
            odd_q   <= 1'b0;
            long_q  <= 1'b0;
            word_q  <= 10'd0;
        end
        if (step) begin
            data_q  <= {16'd0, data_q[W-1:16]};
            left_q  <= left_q - 1'b1;
            taken_q <= taken_q + 16'd1;
            room_q  <= room_q - 15'd1;
            full_q  <= room_q == 15'd1;
        end
        if (state_q == ST_IN && full_q && left_q != {LEFT{1'b0}}) begin
            left_q <= {LEFT{1'b0}};
            long_q <= 1'b1;
        end
        if (beat) begin
            data_q <= s_axis_tdata;
            left_q <= n_bytes[LEFT:1];
            last_q <= s_axis_tlast;
            some_q <= some_q || n_bytes != {(LEFT+1){1'b0}};
            odd_q  <= n_bytes[0];
        end
        if (state_q == ST_WAIT)
            rest_q <= out_bytes;
        if (state_q == ST_LOAD)
            word_q <= word_q + 10'd1;
        if (sent)
            rest_q <= rest_q - K[11:0];
        if (rst)
            state_q <= ST_IDLE;
    end

    assign s_axis_tready = state_q == ST_PASS ? m_axis_tready : take;
    assign m_axis_tvalid = state_q == ST_PASS ? s_axis_tvalid : state_q == ST_SEND;
    assign m_axis_tdata  = state_q == ST_PASS ? s_axis_tdata : out_q;
    assign m_axis_tlast  = state_q == ST_PASS ? s_axis_tlast : out_last;
    assign m_axis_tuser  = state_q == ST_PASS ? s_axis_tuser
        : {user_q[31:17], user_q[16] || fate != DECODED, 14'd0, fate, user_q[15:0]};
    assign fates         = sent && out_last ? 4'd1 << fate : 4'd0;
    assign idle          = state_q == ST_IDLE;

    wire unused = &{1'b0, counts, limit[31:16]};
endmodule
`default_nettype wire
