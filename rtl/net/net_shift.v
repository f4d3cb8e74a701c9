// net_shift.v - makes packets longer or shorter in the middle: words from a place on
// move up to three words back or forth, so that a header may be put in or taken
// out there.  1 beat/clk; a packet that grows takes the clocks of the beats it grows
// by.  Latency 5, 3, 2 clk at 1, 2, more words a beat.
//
//   word          0 1 .. at-1    at ..             the last
//   grows by 2    0 1 .. at-1    -  -   at ..      the last
//   shrinks by 2  0 1 .. at-1    at+2 ..           the last
//
// What stands at '-' is for who follows to fill.  The words around a beat are in a
// window that moves on by beats; each lane takes the word it needs:
//
//   s_axis -> [ahead] [ahead] [now] [behind] ..
//                 \      |      |      /
//                  lanes: 7 words each -> m_axis
`default_nettype none
module net_shift #(
    parameter W    = 64,                // stream width in bits
    parameter WORD = 32,                // bits a word; W / WORD is a power of two
    parameter U    = 48                 // bits that travel with a packet
) (
    input  wire           clk,
    input  wire           rst,
    // packets in
    input  wire [W-1:0]   s_axis_tdata,
    input  wire [W/8-1:0] s_axis_tkeep,
    input  wire           s_axis_tlast,
    input  wire           s_axis_tvalid,
    output wire           s_axis_tready,
    // constant over a packet; one that moves has a word 'at', and all that go
    input  wire [U-1:0]   s_user,
    input  wire [2:0]     s_at,         // first word that moves, from 3 on
    input  wire [2:0]     s_move,       // by so many, back from 3: 0..6 for +3..-3
    // packets out
    output wire [W-1:0]   m_axis_tdata,
    output wire [W/8-1:0] m_axis_tkeep,
    output wire           m_axis_tlast,
    output wire           m_axis_tvalid,
    input  wire           m_axis_tready,
    output wire [U-1:0]   m_user,
    // nothing inside
    output wire           empty
);
    localparam N     = W / WORD;        // words a beat
    localparam LOG2  = $clog2(N);
    localparam K     = WORD / 8;        // bytes a word
    localparam BACK  = (3 + N - 1) / N; // beats behind
    localparam AHEAD = (4 + N - 1) / N; // beats ahead: three words, and is there one more?
    localparam ALL   = BACK + 1 + AHEAD;
    localparam STAY  = 3'd3;            // of s_move

    // --- window: beat BACK is now, beat 0 the oldest --------------------------
    reg [ALL*W-1:0]   data_q;
    reg [ALL*W/8-1:0] keep_q;
    reg [AHEAD:0]     valid_q;          // from now on
    reg [AHEAD:0]     first_q;          // first beat of a packet
    reg [(AHEAD+1)*U-1:0] user_q;
    reg [(AHEAD+1)*6-1:0] how_q;        // {at, move}
    reg               mid_q;            // a packet has begun to enter
    reg [1:0]         more_q;           // beats that the one that entered grows by
    reg [2:0]         beat_q;           // beats of the packet before now, at most 7
    reg               sent_q;           // what is now has left

    wire emit = valid_q[0] && (first_q[0] || m_axis_tkeep[0]);
    wire free = !emit || sent_q || m_axis_tready;
    wire grow = more_q != 2'd0;
    wire move = free && (grow || s_axis_tvalid || (!mid_q && !empty));

    assign s_axis_tready = free && !grow;
    assign m_axis_tvalid = emit && !sent_q;
    assign m_user        = user_q[U-1:0];
    assign empty         = valid_q == {(AHEAD+1){1'b0}} && !grow;

    // Words of the last beat, and how many beats it makes with those that come in.
    integer    k;
    reg  [3:0] n_words;
    wire [3:0] n_beats = (n_words + 4'd2 - {1'b0, s_move}) >> LOG2;

    always @* begin
        n_words = 4'd0;
        for (k = 0; k < N; k = k + 1)
            n_words = n_words + {3'd0, s_axis_tkeep[k*K]};
    end

    always @(posedge clk) begin
        sent_q <= !move && (sent_q || (m_axis_tvalid && m_axis_tready));
        if (move) begin
            data_q  <= {s_axis_tdata, data_q[ALL*W-1:W]};
            keep_q  <= {s_axis_tkeep & {(W/8){!grow}}, keep_q[ALL*W/8-1:W/8]};
            valid_q <= {grow || s_axis_tvalid, valid_q[AHEAD:1]};
            first_q <= {!grow && !mid_q, first_q[AHEAD:1]};
            user_q  <= {grow ? user_q[AHEAD*U +: U] : s_user, user_q[(AHEAD+1)*U-1:U]};
            how_q   <= {grow ? how_q[AHEAD*6 +: 6] : {s_at, s_move}, how_q[(AHEAD+1)*6-1:6]};
            beat_q  <= first_q[1] ? 3'd0 : beat_q + {2'd0, beat_q != 3'd7};
            if (grow)
                more_q <= more_q - 2'd1;
            else if (s_axis_tvalid) begin
                mid_q  <= !s_axis_tlast;
                more_q <= s_axis_tlast && s_move < STAY ? n_beats[1:0] : 2'd0;
            end
        end
        if (rst) begin
            valid_q <= {(AHEAD+1){1'b0}};
            mid_q   <= 1'b0;
            more_q  <= 2'd0;
            sent_q  <= 1'b0;
        end
    end

    // --- bytes of this packet; behind now there are no others that count ---------
    reg  [ALL*W/8-1:0] keep;
    reg                ours;
    integer            b;

    always @* begin
        keep = keep_q;
        ours = valid_q[0];
        for (b = 0; b <= AHEAD; b = b + 1) begin
            ours = ours && valid_q[b] && (b == 0 || !first_q[b]);
            if (!ours)
                keep[(BACK+b)*W/8 +: W/8] = {(W/8){1'b0}};
        end
    end

    // --- lanes, and one more that says whether there is a beat to come -------------
    wire [2:0] at   = how_q[5:3];
    wire [2:0] back = how_q[2:0];
    wire [N:0] there;                   // the first byte of the word

    genvar g;
    generate
        for (g = 0; g <= N; g = g + 1) begin : lane
            localparam FROM = BACK*N + g - 3;   // word 'back' on from here
            wire [7*K-1:0] keeps = keep[FROM*K +: 7*K];
            wire [6:0]     place = ({4'd0, beat_q} << LOG2) + g[6:0];
            wire [2:0]     pick  = place >= {4'd0, at} ? back : STAY;
            wire [K-1:0]   bytes = keeps[pick*K +: K];
            assign there[g] = bytes[0];
            wire unused = &{1'b0, bytes};
            if (g < N) begin : out
                wire [7*WORD-1:0] datas = data_q[FROM*WORD +: 7*WORD];
                assign m_axis_tdata[g*WORD +: WORD] = datas[pick*WORD +: WORD];
                assign m_axis_tkeep[g*K +: K]       = bytes;
            end
        end
    endgenerate

    assign m_axis_tlast = !there[N];

    wire unused = &{1'b0, n_beats, there, keep, data_q};

`ifdef FORMAL
    // A watched word leaves as it came, as many beats behind its own as it moves, with
    // what travels with its packet, or not at all when it is one of those that go; as
    // the packet's last exactly when it was.  So none is lost, nor passes another.
    // Packets leave one after the other, each whole.  What waits stays as it is.
    //
    // Of who sends: places, packets that are long enough, bytes without gaps.
    reg         past_q = 1'b0;
    reg         f_seen_q = 1'b0;        // the watched word has come
    reg  [3:0]  f_pos_q;                // its beat in the window
    reg         f_bit_q, f_user_q, f_last_q, f_goes_q;
    reg  [2:0]  f_back_q;               // s_move, 3 for what stays
    reg  [3:0]  f_at_q;                 // words that came of a packet, at most 11
    reg         f_open_q;               // a packet has begun to leave
    wire        f_pick = $anyseq;       // watch a word that comes now
    wire [3:0]  f_lane = $anyconst;     // ... in this place
    wire        f_enter = s_axis_tvalid && s_axis_tready;
    wire        f_leave = m_axis_tvalid && m_axis_tready;
    wire [3:0]  f_len   = f_at_q + n_words;
    wire [3:0]  f_word  = f_at_q + f_lane;
    wire        f_moves = f_word >= {1'b0, s_at};
    integer     f;

    always @(posedge clk) begin
        past_q <= 1'b1;
        if (f_enter) begin
            f_at_q <= s_axis_tlast ? 4'd0 : f_len > 4'd11 - N[3:0] ? 4'd12 - N[3:0] : f_len;
            if (f_pick && !f_seen_q && f_lane < n_words) begin
                f_seen_q <= 1'b1;
                f_pos_q  <= ALL[3:0] - 4'd1;
                f_bit_q  <= s_axis_tdata[f_lane*WORD];
                f_user_q <= s_user[0];
                f_last_q <= s_axis_tlast && f_lane + 4'd1 == n_words;
                f_back_q <= f_moves ? s_move : STAY;
                f_goes_q <= f_moves && f_word + 4'd3 < {1'b0, s_at} + {1'b0, s_move};
            end
        end
        if (f_seen_q && move && f_pos_q != 4'd0)
            f_pos_q <= f_pos_q - 4'd1;
        else if (f_seen_q && move)
            f_seen_q <= 1'b0;           // it may be another's turn
        if (f_leave)
            f_open_q <= !m_axis_tlast;
        if (rst) begin
            f_at_q   <= 4'd0;
            f_open_q <= 1'b0;
            f_seen_q <= 1'b0;
        end
        if (!past_q)
            assume (rst);
        assume (f_lane < N);
        assume (s_at >= 3'd3 && s_at <= 3'd5 && s_move != 3'd7);
        if (f_enter) begin
            assume ((s_axis_tkeep & (s_axis_tkeep + 1'b1)) == {(W/8){1'b0}});
            assume (s_axis_tlast || (&s_axis_tkeep));
            assume (s_axis_tkeep[0] || (s_move == STAY && !mid_q));
            if (mid_q)
                assume ({s_at, s_move, s_user[0]} == {how_q[AHEAD*6 +: 6], user_q[AHEAD*U]});
            if (s_axis_tlast && s_move != STAY)
                assume (f_len > {1'b0, s_at} && f_len + 4'd3 >= {1'b0, s_at} + {1'b0, s_move});
        end
        if (past_q && !rst) begin
            for (f = 0; f < N; f = f + 1)
                if (f_seen_q && !f_goes_q
                    && f_pos_q * N[4:0] + {1'b0, f_lane} + 5'd3 == BACK[4:0] * N[4:0] + f[4:0] + {2'd0, f_back_q}) begin
                    assert (emit && m_axis_tkeep[f*K] && m_axis_tdata[f*WORD] == f_bit_q);
                    assert (m_user[0] == f_user_q);
                    if (f_last_q)
                        assert (m_axis_tlast);
                    if (f == N - 1 && m_axis_tlast)
                        assert (f_last_q || f_back_q != how_q[2:0]);
                end
            if (m_axis_tvalid) begin
                assert (first_q[0] != f_open_q);
                if (!m_axis_tlast)
                    assert (&m_axis_tkeep);
            end
            if (empty && !mid_q)
                assert (!f_open_q);
        end
        if (past_q && !rst && !$past(rst) && $past(m_axis_tvalid && !m_axis_tready)) begin
            assert (m_axis_tvalid && m_axis_tlast == $past(m_axis_tlast));
            assert (m_axis_tkeep == $past(m_axis_tkeep) && m_user[0] == $past(m_user[0]));
            assert (m_axis_tdata[0] == $past(m_axis_tdata[0]));
        end
        cover (f_leave && f_seen_q && f_last_q && f_back_q == 3'd0 && m_axis_tlast && !first_q[0]);
        cover (f_leave && f_seen_q && f_last_q && f_back_q == 3'd6 && m_axis_tlast && !first_q[0]);
    end
`endif
endmodule
`default_nettype wire
