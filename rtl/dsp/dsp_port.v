// dsp_port.v - the streams of a function of blocks, as words of 32 bits: a packet is handed to
// it as a block, and its answer leaves; one that was dropped or punted before passes by.  One
// block at a time, a word a clock each way.
//
//   s_axis -> narrow -+-> in .. out -+-> widen -> m_axis
//                     |              |
//                     `---- pass ----'
`default_nettype none
module dsp_port #(
    parameter W = 64                    // stream width in bits: 32, 64, 128, 256
) (
    input  wire           clk,
    input  wire           rst,
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
    // a block begins: its words come from the next clock on
    output wire           begin_block,
    output wire [31:0]    in_data,
    output wire [3:0]     in_keep,
    output wire           in_last,
    output wire           in_valid,
    input  wire           in_ready,
    // its answer, when all of them are taken; with its last word it is over
    input  wire [31:0]    out_data,
    input  wire [3:0]     out_keep,
    input  wire           out_last,
    input  wire           out_valid,
    output wire           out_ready,
    // ... and what became of it
    input  wire [1:0]     out_mark,
    input  wire           out_drop,
    // a word of one that passes by, missing bytes 0: for the first stage's tap
    output wire           pass_valid,
    output wire [31:0]    pass_word,
    // nothing inside
    output wire           idle
);
    localparam [1:0] ST_IDLE  = 2'd0,   // between packets
                     ST_PASS  = 2'd1,   // one passes by
                     ST_BLOCK = 2'd2;   // a block is in
    reg  [1:0]  state_q;
    reg  [31:0] user_q;                 // of the block, without the mark

    wire        word_valid, narrow_empty, wide_empty;
    wire [47:0] user;
    wire        pass  = state_q == ST_PASS;
    wire        block = state_q == ST_BLOCK;
    wire        done  = user[32] || user[34];

    assign begin_block = state_q == ST_IDLE && word_valid && !done;
    assign in_valid    = block && word_valid;
    assign idle        = state_q == ST_IDLE && narrow_empty && wide_empty;
    assign pass_valid  = pass && word_valid && out_ready;
    assign pass_word   = in_data & {{8{in_keep[3]}}, {8{in_keep[2]}}, {8{in_keep[1]}}, {8{in_keep[0]}}};

    dsp_narrow #(.W (W)) narrow (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  (s_axis_tdata),
        .s_axis_tkeep  (s_axis_tkeep),
        .s_axis_tuser  (s_axis_tuser),
        .s_axis_tlast  (s_axis_tlast),
        .s_axis_tvalid (s_axis_tvalid),
        .s_axis_tready (s_axis_tready),
        .m_axis_tdata  (in_data),
        .m_axis_tkeep  (in_keep),
        .m_axis_tuser  (user),
        .m_axis_tlast  (in_last),
        .m_axis_tvalid (word_valid),
        .m_axis_tready (pass ? out_ready : block && in_ready),
        .empty         (narrow_empty)
    );

    always @(posedge clk) begin
        case (state_q)
        ST_IDLE:  if (word_valid)
            state_q <= done ? ST_PASS : ST_BLOCK;
        ST_PASS:  if (word_valid && out_ready && in_last)
            state_q <= ST_IDLE;
        ST_BLOCK: if (out_valid && out_ready && out_last)
            state_q <= ST_IDLE;
        default:  state_q <= ST_IDLE;
        endcase
        if (begin_block)
            user_q <= {user[47:32], user[15:0]};
        if (rst)
            state_q <= ST_IDLE;
    end

    dsp_widen #(.W (W)) widen (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  (pass ? in_data : out_data),
        .s_axis_tkeep  (pass ? in_keep : out_keep),
        .s_axis_tuser  (pass ? user : {user_q[31:17], user_q[16] || out_drop,
                                       14'd0, out_mark, user_q[15:0]}),
        .s_axis_tlast  (pass ? in_last : out_last),
        .s_axis_tvalid (pass ? word_valid : block && out_valid),
        .s_axis_tready (out_ready),
        .m_axis_tdata  (m_axis_tdata),
        .m_axis_tkeep  (m_axis_tkeep),
        .m_axis_tuser  (m_axis_tuser),
        .m_axis_tlast  (m_axis_tlast),
        .m_axis_tvalid (m_axis_tvalid),
        .m_axis_tready (m_axis_tready),
        .empty         (wide_empty)
    );
endmodule
`default_nettype wire
